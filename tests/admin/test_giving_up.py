"""Giving up: uncertain jobs fail for good, with a person's reason."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client

from django_universal_ai import waking
from django_universal_ai.admin import delivering, uncertain
from django_universal_ai.models import Status, UniversalAIJob
from tests.rows import error_of, fresh, make_job, row_of

from .conftest import LIST, Person, messages_of, press, select, url_of

pytestmark = pytest.mark.django_db

GIVE_UP = f"{LIST}give-up/"


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look and give up."""
    return person("view_universalaijob", "give_up_universalaijob")


def confirm(client: Client, jobs: list[UniversalAIJob], reason: str = "Asked elsewhere.") -> Any:
    ids = [str(job.pk) for job in jobs]
    return client.post(GIVE_UP, {"reason": reason, "_selected_action": ids}, follow=True)


def test_a_button_leads_to_the_confirmation_and_back_to_the_job(
    clerk: Client, heard: list[str]
) -> None:
    job = make_job("uncertain")
    asked = press(clerk, job, "give_up")
    html = asked.content.decode()
    assert "This job fails for good" in html
    assert "billed" in html
    assert 'value="Give it up"' in html
    assert fresh(job).status == Status.UNCERTAIN
    response = confirm(clerk, [job])
    assert response.redirect_chain == [(url_of(job), 302)]
    assert messages_of(response) == ["1 job was given up: it failed for good."]
    assert fresh(job).status == Status.FAIL
    assert error_of(job) == {"type": "given_up", "message": "Asked elsewhere."}
    assert heard == [f"failed {job.pk}"]


def test_only_uncertain_jobs_count(clerk: Client, heard: list[str]) -> None:
    lost = [make_job("uncertain"), make_job("uncertain")]
    others = [make_job("success"), make_job("processing"), make_job("processing")]
    before = [row_of(job) for job in others]
    asked = select(clerk, [*lost, *others], "give_up")
    html = asked.content.decode()
    assert [row["job"] for row in asked.context["rows"]] == list(reversed(lost))
    assert "2 jobs are skipped, their status is “processing”" in html
    assert "1 job is skipped, its status is “success”" in html
    assert 'value="Give up all 2"' in html
    response = confirm(clerk, [*lost, *others])
    assert response.redirect_chain == [(LIST, 302)]
    told = messages_of(response)
    assert told[0] == "2 jobs were given up: they failed for good."
    assert told[1].startswith("2 jobs are skipped, their status is “processing”: only jobs whose")
    assert told[2].startswith("1 job is skipped, its status is “success”: only a job whose")
    assert [fresh(job).status for job in lost] == [Status.FAIL] * 2
    assert [row_of(job) for job in others] == before
    assert len(heard) == 2


def test_where_no_job_counts_there_is_nothing_to_confirm(clerk: Client) -> None:
    html = select(clerk, [make_job("fail")], "give_up").content.decode()
    assert "1 job is skipped, its status is “failed”" in html
    assert "<textarea" not in html


def test_the_second_click_changes_nothing(clerk: Client, heard: list[str]) -> None:
    job = make_job("uncertain")
    confirm(clerk, [job])
    before = row_of(job)
    response = confirm(clerk, [job], "Another reason.")
    assert messages_of(response)[-1] == "1 job had been given up before."
    assert row_of(job) == before
    assert len(heard) == LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("reason", "words"), [("", "Say why."), (" ", "Say why."), ("x" * 501, "at most 500")]
)
def test_without_a_good_reason_it_asks_again(clerk: Client, reason: str, words: str) -> None:
    job = make_job("uncertain")
    response = confirm(clerk, [job], reason)
    assert words in response.context["form"].errors["reason"][0]
    assert words in response.content.decode()
    assert fresh(job).status == Status.UNCERTAIN


def test_it_is_logged_who_did_it_and_why(clerk: Client) -> None:
    job = make_job("uncertain")
    confirm(clerk, [job])
    logged = LogEntry.objects.values_list(
        "user__username", "object_id", "action_flag", "change_message"
    )
    assert list(logged) == [("anna", str(job.pk), CHANGE, "Given up: Asked elsewhere.")]


def test_slow_receivers_are_left_to_the_workers(
    clerk: Client, heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(waking, "advance", lambda: woken.append(True))
    monkeypatch.setattr(delivering, "PATIENCE", 0.0)
    job = make_job("uncertain")
    confirm(clerk, [job])
    assert fresh(job).status == Status.FAIL
    assert (heard, woken) == ([], [True])


def test_more_than_a_person_can_look_through_are_refused(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uncertain, "MOST", 1)
    chosen = [make_job("uncertain"), make_job("uncertain")]
    words = "Select at most 1 jobs for this action; nothing was done."
    assert messages_of(select(clerk, chosen, "give_up")) == [words]
    assert messages_of(confirm(clerk, chosen)) == [words]
    assert {fresh(job).status for job in chosen} == {Status.UNCERTAIN}


def test_jobs_that_are_gone_are_told(clerk: Client) -> None:
    response = confirm(clerk, [UniversalAIJob(pk=uuid.UUID(int=1))])
    assert messages_of(response) == ["There is no such job (any more)."]


def test_the_page_offers_it_to_who_may_and_only_while_it_helps(
    clerk: Client, viewer: Client
) -> None:
    uncertain = make_job("uncertain")
    assert "Give up…" in clerk.get(url_of(uncertain)).content.decode()
    assert 'id="ways-out"' not in viewer.get(url_of(uncertain)).content.decode()
    assert "Give up…" not in clerk.get(url_of(make_job("processing"))).content.decode()


def test_it_needs_the_permission(viewer: Client, person: Person) -> None:
    job = make_job("uncertain")
    others = ("resubmit_universalaijob", "adopt_universalaijob", "refresh_universalaijob")
    for client in (viewer, person("view_universalaijob", *others)):
        assert press(client, job, "give_up").status_code == 403
        assert select(client, [job], "give_up").status_code == 403
        assert confirm(client, [job]).status_code == 403
    assert fresh(job).status == Status.UNCERTAIN


def test_it_is_done_by_post_with_the_csrf_token_alone(clerk: Client) -> None:
    job = make_job("uncertain")
    assert clerk.get(GIVE_UP).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clerk.cookies
    assert confirm(strict, [job]).status_code == 403
    assert fresh(job).status == Status.UNCERTAIN
