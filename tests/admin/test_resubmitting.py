"""The action Resubmit: confirmed, once per confirmation, logged."""

from __future__ import annotations

import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client

from django_universal_ai.admin import confirmation, resubmitting
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job, row_of

from .conftest import LIST, RESUBMIT, Person, messages_of, press, select, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look and resubmit."""
    return person("view_universalaijob", "resubmit_universalaijob")


def token_of(response: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


def confirm(client: Client, jobs: list[UniversalAIJob], token: str) -> Any:
    ids = [str(job.pk) for job in jobs]
    return client.post(RESUBMIT, {"token": token, "_selected_action": ids}, follow=True)


def copies(job: UniversalAIJob) -> int:
    return job.resubmissions.count()


def test_a_button_leads_to_the_confirmation_and_back_to_the_new_job(clerk: Client) -> None:
    owner = User.objects.create_user("berta")
    job = make_job("fail", cost=Decimal("0.0125"), owner=owner, metadata={"order": 7})
    before = row_of(job)
    asked = press(clerk, job, "resubmit")
    assert copies(job) == 0
    html = asked.content.decode()
    assert "The service bills it again." in html
    assert "0.0125" in html
    assert 'value="Resubmit it"' in html
    response = confirm(clerk, [job], token_of(asked))
    new = job.resubmissions.get()
    assert response.redirect_chain == [(url_of(new), 302)]
    assert messages_of(response) == ["1 job was resubmitted."]
    assert (new.status, new.owner, new.metadata) == ("pending", owner, {"order": 7})
    assert new.input == job.input
    assert row_of(job) == before


def test_the_confirmation_warns_of_what_costs_twice(clerk: Client) -> None:
    chosen = [
        make_job("uncertain"),
        make_job("processing"),
        make_job("success", cost=Decimal("1.5")),
        make_job("success", cost=Decimal("0.25")),
        make_job("success", backend="local", cost=0),
        make_job("success", backend="gone", cost=0),
    ]
    html = select(clerk, chosen, "resubmit").content.decode()
    assert "These 6 jobs are sent again" in html
    assert "One of them may have reached the service already" in html
    assert "One of them hasn&#x27;t ended" in html or "One of them hasn't ended" in html
    assert "1.750 credits" in html
    assert "2 unknown" in html
    assert "free: runs in your workers" in html
    assert 'value="Resubmit all 6"' in html


def test_an_uncertain_job_may_be_billed_twice_and_both_pages_say_so(clerk: Client) -> None:
    job = make_job("uncertain")
    assert "you pay for it twice" in clerk.get(url_of(job)).content.decode()
    html = press(clerk, job, "resubmit").content.decode()
    assert "It may have reached the service already" in html
    assert "you pay for it twice" in html


def test_the_list_resubmits_several(clerk: Client) -> None:
    chosen = [make_job("fail"), make_job("success")]
    response = confirm(clerk, chosen, token_of(select(clerk, chosen, "resubmit")))
    assert messages_of(response) == ["2 jobs were resubmitted."]
    assert response.redirect_chain == [(LIST, 302)]
    assert [copies(job) for job in chosen] == [1, 1]


def test_the_same_confirmation_twice_makes_one_job(clerk: Client) -> None:
    job = make_job("fail")
    token = token_of(press(clerk, job, "resubmit"))
    confirm(clerk, [job], token)
    again = confirm(clerk, [job], token)
    assert copies(job) == 1
    assert again.redirect_chain == [(url_of(job.resubmissions.get()), 302)]
    assert messages_of(again)[-1].startswith("1 job had been resubmitted by the same")


def test_two_confirmations_make_two_jobs(clerk: Client) -> None:
    job = make_job("fail")
    for _ in range(2):
        confirm(clerk, [job], token_of(press(clerk, job, "resubmit")))
    assert copies(job) == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_confirmation_at_the_same_time_makes_one_job(clerk: Client) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("The test's database in memory has no two connections that wait in turn.")
    job, token, together = make_job("fail"), str(uuid.uuid4()), threading.Barrier(4)

    def post() -> list[str]:
        client = Client()
        client.cookies = clerk.cookies
        together.wait()
        try:
            return [url for url, _code in confirm(client, [job], token).redirect_chain]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        led_to = [future.result() for future in [threads.submit(post) for _ in range(4)]]
    assert led_to == [[url_of(job.resubmissions.get())]] * 4
    assert LogEntry.objects.count() == 2  # one of them did it: the job's, and the new one's


def test_a_rival_that_was_faster_is_found(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    job, token = make_job("fail"), str(uuid.uuid4())
    confirm(clerk, [job], token)
    monkeypatch.setattr(resubmitting, "_made_before", lambda job, key: None)
    response = confirm(clerk, [job], token)
    assert response.redirect_chain == [(url_of(job.resubmissions.get()), 302)]


@pytest.mark.parametrize("token", ["", "no token"])
def test_without_a_token_it_asks_again(clerk: Client, token: str) -> None:
    job = make_job("fail")
    response = confirm(clerk, [job], token)
    assert copies(job) == 0
    assert token_of(response)


def test_what_cannot_be_asked_again_is_told(clerk: Client) -> None:
    chosen = [make_job("fail", backend="gone"), make_job("fail", requested_model="odd")]
    chosen.append(make_job("success"))
    response = confirm(clerk, chosen, str(uuid.uuid4()))
    told = messages_of(response)
    assert told[0] == "1 job was resubmitted."
    assert any(words.startswith("1 job: using: There is no backend 'gone'") for words in told)
    assert any(words.startswith("1 job: model:") for words in told)


def test_many_reasons_are_summed_up(clerk: Client) -> None:
    chosen = [make_job("fail", backend=f"gone{number}") for number in range(8)]
    told = messages_of(confirm(clerk, chosen, str(uuid.uuid4())))
    assert len(told) == 6
    assert told[-1] == "3 jobs failed for other reasons."


def test_jobs_that_are_gone_are_told(clerk: Client) -> None:
    token = str(uuid.uuid4())
    response = clerk.post(RESUBMIT, {"token": token, "_selected_action": ["x", token]}, follow=True)
    assert messages_of(response) == ["There is no such job (any more)."]


def test_more_than_a_person_can_look_through_are_refused(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "MOST", 1)
    chosen = [make_job("fail"), make_job("fail")]
    words = "Select at most 1 jobs for this action; nothing was done."
    assert messages_of(select(clerk, chosen, "resubmit")) == [words]
    assert messages_of(confirm(clerk, chosen, str(uuid.uuid4()))) == [words]
    assert UniversalAIJob.objects.count() == 2


def test_it_is_logged_who_did_it(clerk: Client) -> None:
    job = make_job("fail")
    confirm(clerk, [job], str(uuid.uuid4()))
    new = job.resubmissions.get()
    logged = LogEntry.objects.values_list(
        "user__username", "object_id", "action_flag", "change_message"
    )
    assert set(logged) == {
        ("anna", str(job.pk), CHANGE, f"Resubmitted as {new.pk}, with {new.requested_model}."),
        ("anna", str(new.pk), ADDITION, f"Resubmission of {job.pk}."),
    }


def test_it_needs_the_permission(viewer: Client, person: Person) -> None:
    job = make_job("fail")
    for client in (viewer, person("view_universalaijob", "refresh_universalaijob")):
        assert "Resubmit" not in client.get(url_of(job)).content.decode()
        assert press(client, job, "resubmit").status_code == 403
        assert select(client, [job], "resubmit").status_code == 403
        assert confirm(client, [job], str(uuid.uuid4())).status_code == 403
    assert copies(job) == 0


def test_it_is_done_by_post_alone(clerk: Client) -> None:
    assert clerk.get(RESUBMIT).status_code == 405


def test_without_the_csrf_token_nothing_happens(clerk: Client) -> None:
    job = make_job("fail")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clerk.cookies
    assert confirm(strict, [job], str(uuid.uuid4())).status_code == 403
    assert copies(job) == 0
