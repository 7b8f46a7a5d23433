"""Adopting an id: what the service has under it becomes the answer of an uncertain job."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client

from django_universal_ai.backends import backends
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.contract import JobRequest, JobResponse
from django_universal_ai.models import Status, UniversalAIJob
from tests.rows import AUDIO, change, fresh, make_job, row_of

from .conftest import LIST, Person, messages_of, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look and adopt."""
    return person("view_universalaijob", "adopt_universalaijob")


def at_the_service(model: str = AUDIO) -> str:
    """The id of a job that the service has and no row knows."""
    request = JobRequest(model=model, input={"file": "https://files.example/call.wav"})
    return backends["default"].submit(request).public_id


def adopt(client: Client, job: UniversalAIJob, public_id: str) -> Any:
    url = f"{LIST}{job.pk}/adopt/"
    return client.post(url, {"public_id": public_id}, follow=True)


def field_errors(response: Any) -> list[str]:
    return list(response.context["ways_out"]["adopt"].errors.get("public_id", []))


def test_the_job_goes_on_as_the_services_one(clerk: Client, heard: list[str]) -> None:
    job, public_id = make_job("uncertain"), at_the_service()
    response = adopt(clerk, job, f" {public_id} ")
    assert response.redirect_chain == [(url_of(job), 302)]
    assert messages_of(response) == ["The job has its id now. Its status: success."]
    assert (fresh(job).status, fresh(job).public_id) == (Status.SUCCESS, public_id)
    assert heard == [f"submitted {job.pk}", f"succeeded {job.pk}"]


def test_it_is_logged_who_did_it(clerk: Client) -> None:
    job, public_id = make_job("uncertain"), at_the_service()
    adopt(clerk, job, public_id)
    logged = LogEntry.objects.values_list(
        "user__username", "object_id", "action_flag", "change_message"
    )
    assert list(logged) == [("anna", str(job.pk), CHANGE, f"Adopted the id {public_id}.")]


def test_the_second_click_changes_nothing_and_says_the_same(
    clerk: Client, heard: list[str]
) -> None:
    job, public_id = make_job("uncertain"), at_the_service()
    first = adopt(clerk, job, public_id)
    before = row_of(job)
    assert messages_of(adopt(clerk, job, public_id)) == messages_of(first)
    assert row_of(job) == before
    assert LogEntry.objects.count() == 1
    assert len(heard) == 2


@pytest.mark.parametrize(
    ("public_id", "words"),
    [
        ("", "Enter the id that the service shows for it."),
        ("  ", "Enter the id that the service shows for it."),
        ("x" * 256, "at most 255 characters (it has 256)"),
        ("a\u202eb", "characters that can't be printed"),
    ],
)
def test_an_id_that_cannot_be_one_is_refused_at_its_field(
    clerk: Client, public_id: str, words: str
) -> None:
    job = make_job("uncertain")
    before = row_of(job)
    response = adopt(clerk, job, public_id)
    assert response.status_code == 200
    assert words in field_errors(response)[0]
    assert public_id.strip() in response.content.decode()
    assert row_of(job) == before


def test_the_id_of_another_row_is_refused_at_its_field(clerk: Client) -> None:
    other, job = make_job("processing"), make_job("uncertain")
    errors = field_errors(adopt(clerk, job, str(other.public_id)))
    assert errors == [f"Job {other.pk} has this id already."]


@pytest.mark.parametrize("backend", ["local", "gone"])
def test_a_backend_that_cannot_be_asked_is_told(clerk: Client, backend: str) -> None:
    job = make_job("uncertain", backend=backend)
    response = adopt(clerk, job, "abc")
    assert f"{backend!r}" in messages_of(response)[0]
    assert 'value="abc"' in response.content.decode()
    assert fresh(job).status == Status.UNCERTAIN


def test_an_id_that_the_service_does_not_know_is_told(clerk: Client) -> None:
    job = make_job("uncertain")
    response = adopt(clerk, job, "no-such-job")
    assert messages_of(response) == ["Job not found."]
    assert 'value="no-such-job"' in response.content.decode()
    assert LogEntry.objects.count() == 0


def test_a_job_of_another_kind_is_told(clerk: Client) -> None:
    job = make_job("uncertain")
    response = adopt(clerk, job, at_the_service("ocr/ocr_async/google"))
    assert "isn't this job: it does ocr/ocr_async" in messages_of(response)[0]
    assert fresh(job).status == Status.UNCERTAIN


@pytest.mark.parametrize("status", ["pending", "processing", "fail"])
def test_a_job_that_is_not_uncertain_needs_none(clerk: Client, status: str) -> None:
    job = make_job(status)
    before = row_of(job)
    response = adopt(clerk, job, "abc")
    assert messages_of(response)[0].startswith("The job needs no id any more.")
    assert row_of(job) == before


def test_a_rival_that_was_faster_is_told(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the service is asked, a webhook settles the job, or another row takes the id."""
    job, public_id = make_job("uncertain"), at_the_service()
    get, rivals = DummyBackend.get, iter([lambda: change(job, status="fail")])

    def slow_get(self: DummyBackend, wanted: str) -> JobResponse:
        next(rivals)()
        return get(self, wanted)

    monkeypatch.setattr(DummyBackend, "get", slow_get)
    assert (
        "Its status: failed. Nothing was changed." in messages_of(adopt(clerk, job, public_id))[0]
    )
    job = make_job("uncertain")
    rivals = iter([lambda: make_job("processing", public_id=public_id)])
    told = messages_of(adopt(clerk, job, public_id))
    assert told == ["Another job took this id a moment ago. Nothing was changed."]


def test_the_page_offers_it_to_who_may_and_only_while_it_helps(
    clerk: Client, viewer: Client
) -> None:
    uncertain = make_job("uncertain")
    assert 'form="uai-adopt"' in clerk.get(url_of(uncertain)).content.decode()
    for client, job in ((viewer, uncertain), (clerk, make_job("processing"))):
        assert "uai-adopt" not in client.get(url_of(job)).content.decode()


def test_it_needs_the_permission(viewer: Client, person: Person) -> None:
    job, public_id = make_job("uncertain"), at_the_service()
    others = ("resubmit_universalaijob", "give_up_universalaijob", "refresh_universalaijob")
    for client in (viewer, person("view_universalaijob", *others)):
        assert adopt(client, job, public_id).status_code == 403
    assert fresh(job).status == Status.UNCERTAIN


def test_it_is_done_by_post_with_the_csrf_token_alone(clerk: Client) -> None:
    job = make_job("uncertain")
    assert clerk.get(f"{LIST}{job.pk}/adopt/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clerk.cookies
    assert adopt(strict, job, at_the_service()).status_code == 403
    assert fresh(job).status == Status.UNCERTAIN


def test_a_job_that_is_gone(clerk: Client) -> None:
    response = adopt(clerk, UniversalAIJob(pk=uuid.UUID(int=1)), "abc")
    assert response.redirect_chain == [(LIST, 302)]
    assert messages_of(response) == ["There is no such job (any more)."]
