"""The action Refresh."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from django_universal_ai import engine, jobs
from django_universal_ai.admin import refreshing
from django_universal_ai.backends import backends
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.contract import JobResponse
from django_universal_ai.exceptions import OutcomeUnknown
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, URL, change, fresh, in_seconds, make_job

from .conftest import LIST, Person, messages_of, press, select, url_of

pytestmark = pytest.mark.django_db(transaction=True)


class Moody(DummyBackend):
    """A service in a mood."""

    mood: Any = "processing"

    def get(self, public_id: str) -> JobResponse:
        if isinstance(self.mood, Exception):
            raise self.mood
        job = super().get(public_id)
        error = {"message": "no speech"} if self.mood == "fail" else None
        return job.model_copy(update={"status": self.mood, "error": error, "output": None})


@pytest.fixture
def moody(settings: Any) -> Moody:
    """The default backend, in a mood that the test sets."""
    path = f"{Moody.__module__}.Moody"
    settings.UNIVERSAL_AI = {**settings.UNIVERSAL_AI, "default": {"BACKEND": path}}
    backend = backends["default"]
    assert isinstance(backend, Moody)
    return backend


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look and refresh."""
    return person("view_universalaijob", "refresh_universalaijob")


def sent() -> UniversalAIJob:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    engine.send(job)
    return fresh(job)


def test_the_page_asks_at_once_and_shows_the_end(clerk: Client) -> None:
    job = sent()
    response = press(clerk, job, "refresh")
    assert messages_of(response) == ["1 job ended in success."]
    assert response.redirect_chain == [(url_of(job), 302)]
    assert fresh(job).status == "success"


def test_the_list_asks_at_once_and_counts(clerk: Client, moody: Moody) -> None:
    chosen = [sent(), sent(), make_job("success"), make_job("pending")]
    response = select(clerk, chosen, "refresh")
    assert sorted(messages_of(response)) == [
        "1 job had ended before: there is nothing to ask for.",
        "1 job was made due: a worker looks at it next.",
        "2 jobs are still at work.",
    ]
    assert response.redirect_chain == [(LIST, 302)]


def test_a_job_that_failed_is_told(clerk: Client, moody: Moody) -> None:
    moody.mood = "fail"
    assert messages_of(press(clerk, sent(), "refresh")) == ["1 job failed."]


def test_errors_are_told_by_reason_and_stop_nobody(clerk: Client, moody: Moody) -> None:
    moody.mood = OutcomeUnknown("503 from the service, api_key=abc123def456")
    lost = make_job("processing", backend="gone")
    response = select(clerk, [sent(), sent(), lost], "refresh")
    assert response.status_code == 200
    told = messages_of(response)
    assert told[0] == "2 jobs: 503 from the service, api_key=[redacted]"
    assert told[1].startswith("1 job: using: There is no backend 'gone'")


def test_a_backend_that_breaks_is_no_broken_page(clerk: Client, moody: Moody) -> None:
    moody.mood = ZeroDivisionError()
    assert messages_of(press(clerk, sent(), "refresh")) == ["1 job: ZeroDivisionError"]


def test_many_are_left_to_the_workers(clerk: Client) -> None:
    later = in_seconds(600)
    chosen = [make_job("processing", due_at=later) for _ in range(refreshing.AT_ONCE)]
    ended = make_job("fail")
    response = select(clerk, [*chosen, ended], "refresh")
    assert messages_of(response) == [
        f"{refreshing.AT_ONCE} jobs were made due: a worker looks at them next.",
        "1 job had ended before: there is nothing to ask for.",
    ]
    due = UniversalAIJob.objects.due()
    assert due.count() == refreshing.AT_ONCE
    assert fresh(ended).due_at is None


def test_nobody_waits_for_a_slow_service(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "PATIENCE", 0.0)
    job = change(sent(), due_at=in_seconds(600))
    assert messages_of(press(clerk, job, "refresh")) == [
        "1 job was made due: a worker looks at it next."
    ]
    assert fresh(job).status == "processing"


def test_more_than_one_click_may_touch_are_refused(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "MOST", 1)
    told = messages_of(select(clerk, [make_job("pending"), make_job("pending")], "refresh"))
    assert told == ["Select at most 1 jobs for this action; nothing was done."]


def test_it_is_logged_who_did_it(clerk: Client) -> None:
    job = sent()
    press(clerk, job, "refresh")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.get_username()) == (str(job.pk), "anna")
    assert entry.change_message == "Refresh asked for."
    assert "Refresh asked for." in clerk.get(f"{LIST}{job.pk}/history/").content.decode()


def test_it_needs_the_permission(viewer: Client, person: Person) -> None:
    job = make_job("processing", due_at=in_seconds(600))
    for client in (viewer, person("view_universalaijob", "resubmit_universalaijob")):
        assert "Refresh" not in client.get(url_of(job)).content.decode()
        assert press(client, job, "refresh").status_code == 403
        assert select(client, [job], "refresh").status_code == 403
    assert not UniversalAIJob.objects.due().exists()


def test_reading_the_page_changes_nothing(clerk: Client) -> None:
    job = change(sent(), due_at=in_seconds(600))
    for url in (url_of(job), LIST):
        clerk.get(url, {"CHANGE_FORM-action": "refresh", "action": "refresh"})
    assert fresh(job).status == "processing"


def test_without_the_csrf_token_nothing_happens(clerk: Client) -> None:
    job = sent()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clerk.cookies
    assert press(strict, job, "refresh").status_code == 403
    assert fresh(job).status == "processing"
