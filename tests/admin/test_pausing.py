"""Pausing an account and letting it go on."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client

from django_universal_ai import engine, limits
from django_universal_ai.backends import backends
from django_universal_ai.models import Account
from tests.rows import fresh, make_job

from .conftest import LIST, Person, messages_of, press, select, url_of

pytestmark = pytest.mark.django_db

ACCOUNTS = "/admin/universal_ai/account/"
PAUSE = f"{ACCOUNTS}pause/"
PAGE = f"{ACCOUNTS}default/change/"
REASON = "The last bill is <b>odd</b>."


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look at accounts and pause them."""
    return person("view_account", "pause_account", "view_universalaijob")


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create(name="default")


def button(client: Client, action: str) -> Any:
    data = {"CHANGE_FORM-action": action, "_selected_action": "default"}
    return client.post(PAGE, data, follow=True)


def confirm(client: Client, *names: str, reason: str = REASON) -> Any:
    return client.post(PAUSE, {"reason": reason, "_selected_action": names}, follow=True)


def logged() -> list[tuple[Any, ...]]:
    return list(LogEntry.objects.values_list("user__username", "object_id", "change_message"))


def test_a_button_asks_for_the_reason_and_then_nothing_leaves(
    clerk: Client, account: Account
) -> None:
    waiting = make_job("pending")
    make_job("processing")
    asked = button(clerk, "pause")
    assert [(row["pending"], row["at_work"]) for row in asked.context["rows"]] == [(1, 1)]
    assert limits.is_open(backends["default"])
    response = confirm(clerk, "default")
    assert response.redirect_chain == [(PAGE, 302)]
    assert messages_of(response)[0].startswith("1 account is paused:")
    html = response.content.decode()
    assert "anna paused this account at" in html
    assert "The last bill is &lt;b&gt;odd&lt;/b&gt;." in html
    engine.advance()
    assert fresh(waiting).status == "pending"
    assert logged() == [("anna", "default", f"Paused: {REASON}")]


def test_it_is_told_wherever_jobs_wait_for_it(clerk: Client, account: Account) -> None:
    job = make_job("pending")
    confirm(clerk, "default")
    for url in (LIST, url_of(job), ACCOUNTS):
        assert "anna paused this account at" in clerk.get(url).content.decode()


def test_asking_the_service_says_who_paused_it(root: Client, account: Account) -> None:
    limits.pause("default", by="anna", reason="Wait.")
    told = messages_of(press(root, make_job("processing"), "refresh"))
    assert told == ["1 job: The account is paused by anna: Wait."]


def test_it_goes_on(clerk: Client, account: Account) -> None:
    job = make_job("pending")
    confirm(clerk, "default")
    html = clerk.get(PAGE).content.decode()
    assert ">Resume</button>" in html
    assert ">Pause…</button>" not in html
    response = button(clerk, "resume")
    assert messages_of(response) == ["1 account goes on."]
    engine.advance()
    assert fresh(job).status == "success"
    assert logged()[0] == ("anna", "default", "Resumed.")
    assert messages_of(button(clerk, "resume"))[0].startswith("1 account is skipped")


def test_the_list_pauses_several_and_counts_who_was_paused(clerk: Client, account: Account) -> None:
    other = Account.objects.create(name="other")
    limits.pause("other", by="berta")
    asked = select(clerk, [account, other], "pause", ACCOUNTS)
    assert "These 2 accounts" in asked.content.decode() or len(asked.context["rows"]) == 2
    told = messages_of(confirm(clerk, "default", "other"))
    assert [words.split(":")[0] for words in told] == [
        "1 account is paused",
        "1 account is skipped",
    ]
    assert Account.objects.get(pk="other").paused_by == "berta"
    told = messages_of(select(clerk, [account, other], "resume", ACCOUNTS))
    assert told == ["2 accounts go on."]


def test_a_second_click_changes_nothing(clerk: Client, account: Account) -> None:
    confirm(clerk, "default")
    confirm(clerk, "default", reason="Other.")
    assert Account.objects.get().pause_reason == REASON
    assert LogEntry.objects.filter(action_flag=CHANGE).count() == 1


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_without_a_reason_it_asks_again(clerk: Client, account: Account, reason: str) -> None:
    assert "errorlist" in confirm(clerk, "default", reason=reason).content.decode()
    assert Account.objects.get().paused_at is None


def test_an_account_that_is_gone(clerk: Client) -> None:
    assert confirm(clerk, "gone").redirect_chain == [(ACCOUNTS, 302)]


def test_it_needs_the_permission(viewer: Client, account: Account) -> None:
    assert "Pause" not in viewer.get(PAGE).content.decode()
    for action in ("pause", "resume"):
        assert button(viewer, action).status_code == 403
        assert select(viewer, [account], action, ACCOUNTS).status_code == 403
    assert confirm(viewer, "default").status_code == 403
    assert Account.objects.get().paused_at is None
