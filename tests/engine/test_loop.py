from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from django_universal_ai import engine, jobs, tasks
from django_universal_ai.backends import backends
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.contract import JobList, JobRequest, JobResponse
from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.engine.sending import Sender
from django_universal_ai.models import JobEvent
from django_universal_ai.models.database import in_transaction
from tests.rows import change, events_of, fresh, in_seconds, make_job

pytestmark = pytest.mark.django_db


def test_a_job_goes_all_the_way_in_one_advance() -> None:
    made = [make_job() for _ in range(5)]
    assert engine.advance()
    assert {fresh(job).status for job in made} == {"success"}
    for job in made:
        assert isinstance(fresh(job).result, SpeechToTextOutput)
        assert events_of(job) == ["submitted", "succeeded"]
    assert not JobEvent.objects.filter(delivered_at=None).exists()
    assert engine.advance() == 0


def test_jobs_that_are_not_due_are_left_alone() -> None:
    later, leased = make_job(due=60), make_job()
    assert jobs.hold(leased, seconds=60)
    assert engine.advance() == 0
    assert (fresh(later).status, fresh(leased).status) == ("pending", "pending")


def test_a_sender_that_was_lost_leaves_its_job_uncertain() -> None:
    job = make_job()
    assert jobs.begin_submission(job, seconds=60)
    assert engine.advance() == 0
    assert fresh(job).status == "submitting"
    change(job, lease_until=in_seconds(-1))
    assert engine.advance() == 1
    assert fresh(job).status == "uncertain"
    assert backends["default"].requests == []  # type: ignore[attr-defined]  # the dummy keeps them


def test_it_gives_its_place_back_in_time() -> None:
    for _ in range(3):
        make_job()
    began = time.monotonic()
    engine.advance(budget=0)
    assert time.monotonic() - began < 5
    assert {each.status for each in map(fresh, [make_job()])} == {"pending"}


class Slow(DummyBackend):
    """Needs a while for each job."""

    def submit(self, request: JobRequest) -> JobResponse:
        time.sleep(0.05)
        return super().submit(request)


def test_what_there_was_no_time_for_is_done_by_the_next(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": f"{__name__}.Slow"}}
    made = [make_job() for _ in range(6)]
    engine.advance(budget=0.1)
    assert {fresh(job).status for job in made} >= {"pending"}
    engine.advance()
    assert {fresh(job).status for job in made} == {"success"}


class Broken(DummyBackend):
    """Has a bug outside of any job."""

    @property
    def concurrency(self) -> int:
        raise KeyError("no such thing")


def test_trouble_of_one_backend_is_not_the_others(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": f"{__name__}.Broken"},
        "other": {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"},
    }
    first, second = make_job(), make_job(backend="other")
    engine.advance()
    assert (fresh(first).status, fresh(second).status) == ("pending", "success")
    assert "backend 'default': a round failed" in caplog.text


def test_trouble_of_the_database_is_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    make_job()

    def fail(*args: Any) -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(Sender, "backlog", fail)
    with pytest.raises(OperationalError):
        engine.advance()


class Watchful(DummyBackend):
    """Sees whether a transaction is open while it is asked."""

    open_transactions: list[str] = []

    def _look(self, what: str) -> None:
        if in_transaction() or connection.in_atomic_block:
            self.open_transactions.append(what)

    def submit(self, request: JobRequest) -> JobResponse:
        self._look("submit")
        return super().submit(request)

    def get(self, public_id: str) -> JobResponse:
        self._look("get")
        return super().get(public_id)

    def list_jobs(self, **options: Any) -> JobList:
        self._look("list")
        return super().list_jobs(**options)

    def upload(self, file: Any, **options: Any) -> Any:
        self._look("upload")
        return super().upload(file, **options)

    def delete(self, public_id: str) -> None:
        self._look("delete")
        super().delete(public_id)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_service_is_asked(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": f"{__name__}.Watchful"}}
    made = [
        jobs.submit(model="a/b/c", input={}, files={"file": b"content"}),
        *(jobs.submit(model="a/b/c", input={}) for _ in range(2)),
    ]
    engine.advance()
    job = jobs.submit(model="a/b/c", input={})
    tasks.submit_job(str(job.pk))
    fresh(job).refresh()
    fresh(job).delete_remote()
    assert {fresh(each).status for each in (*made, job)} == {"success"}
    assert Watchful.open_transactions == []
