from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from django_universal_ai import engine, jobs, tasks, waking
from django_universal_ai.backends import BaseBackend, backends
from django_universal_ai.contract import JobRequest, JobResponse
from django_universal_ai.engine import running
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.rows import answer, change, error_of, events_of, fresh, in_seconds, make_due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("actor")]

MODEL = "text/act/actor"


def ask(do: str, **request: Any) -> UniversalAIJob:
    """A job for the provider of a made-up third party."""
    return jobs.submit(model=MODEL, input={"do": do}, **request)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the jobs that workers were told of."""
    ids: list[str] = []

    def send(name: str, args: list[str], queue: str | None) -> bool:
        assert (name, queue) == (waking.SUBMIT, "universal_ai_local")
        ids.extend(args)
        return True

    monkeypatch.setattr(waking, "_send", send)
    return ids


def test_a_job_is_done_here(settings: Settings) -> None:
    job = ask(
        "echo", files={"text": b"hello"}, provider_params={"a": 1}, show_original_response=True
    )
    assert job.backend == "local"
    assert engine.run(job)
    row = fresh(job)
    assert (row.status, row.output is not None) == ("success", True)
    assert (row.output or {})["said"] == ["text/act", None, {"a": 1}, {"text": "hello"}]
    assert row.original_response == [1]
    assert str(row.cost) == "0.012500000000"
    assert (row.public_id, row.provider) == (str(job.pk), "actor")
    assert row.created_at
    assert (row.lease_owner, row.due_at, row.progress, row.attempts) == (None, None, 1.0, 1)
    assert events_of(job) == ["submitted", "succeeded"]


def test_everything_is_moved_where_no_worker_can_be_told() -> None:
    made = [ask("echo") for _ in range(3)]
    assert engine.advance(here=True)
    assert {fresh(job).status for job in made} == {"success"}


def test_the_task_called_as_a_function_does_the_same() -> None:
    job = ask("echo")
    assert tasks.advance_jobs()
    assert fresh(job).status == "success"


@pytest.mark.parametrize(
    ("do", "kind", "message"),
    [
        ("refuse", "ProviderError", "This text is in verse."),
        ("abort", "ProviderCrashed", "last words"),
        ("kill", "ProviderCrashed", "SIGKILL"),
        ("quit", "ProviderCrashed", "7"),
        ("blunder", "ProviderCrashed", "no such thing"),
        ("answer_nan", "ProviderCrashed", ""),
    ],
)
def test_trouble_of_a_provider_fails_its_job_and_no_other(do: str, kind: str, message: str) -> None:
    job, other = ask(do, priority=1), ask("echo")
    engine.advance(here=True)
    row = fresh(job)
    assert row.status == "fail"
    assert error_of(job)["type"] == kind
    assert message in error_of(job)["message"]
    assert events_of(job) == ["submitted", "failed"]
    assert fresh(other).status == "success"


def test_a_run_has_a_time_limit(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        **settings.UNIVERSAL_AI,
        "local": {
            "BACKEND": "django_universal_ai.backends.local.LocalBackend",
            "OPTIONS": {"time_limit": 0.5},
        },
    }
    job = ask("hang")
    engine.run(job)
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "ProviderTimeout")
    assert fresh(job).progress is None


def test_a_file_that_is_gone_fails_its_job() -> None:
    job = ask("echo", files={"text": b"hello"})
    file = UniversalAIFile.objects.get()
    file.file.storage.delete(str(file.file.name))
    assert engine.run(job)
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "FileNotFoundError")


def test_a_job_is_done_once() -> None:
    job = ask("echo")
    assert engine.run(job)
    before = fresh(job).output
    assert not engine.run(job)
    assert not engine.run(fresh(job))
    tasks.submit_job(str(job.pk))
    assert fresh(job).output == before


def test_a_job_that_another_does_is_left_to_it() -> None:
    job = ask("echo")
    assert jobs.begin_run(job, most_attempts=3)
    assert not engine.run(job)
    assert engine.advance(here=True) == 1  # its signal
    assert fresh(job).status == "processing"


def test_a_job_whose_worker_was_lost_is_done_again() -> None:
    job = ask("echo")
    assert jobs.begin_run(job, most_attempts=3)
    change(job, lease_until=in_seconds(-1), due_at=in_seconds(-1))
    engine.advance(here=True)
    assert (fresh(job).status, fresh(job).attempts) == ("success", 2)
    assert events_of(job) == ["submitted", "restarted", "succeeded"]


def test_a_job_that_kills_its_workers_is_given_up(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        **settings.UNIVERSAL_AI,
        "local": {
            "BACKEND": "django_universal_ai.backends.local.LocalBackend",
            "OPTIONS": {"max_attempts": 2},
        },
    }
    job = ask("echo")
    for _ in range(2):
        assert jobs.begin_run(job, most_attempts=2)
        change(job, lease_until=in_seconds(-1), due_at=in_seconds(-1))
    engine.advance(here=True)
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "worker_lost")


def test_a_run_whose_job_was_given_to_another_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = ask("count")
    renew = jobs.renew

    def overtaken(*args: Any) -> bool:
        monkeypatch.setattr(jobs, "renew", renew)
        change(job, lease_until=in_seconds(-1))
        assert jobs.begin_run(job, most_attempts=3)
        return renew(*args)

    monkeypatch.setattr(jobs, "renew", overtaken)
    assert not engine.run(job)
    assert (fresh(job).status, fresh(job).output, fresh(job).attempts) == ("processing", None, 2)


def test_trouble_of_the_database_is_not_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask("count")
    renew = jobs.renew

    def fail(*args: Any) -> bool:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(jobs, "renew", fail)
    with pytest.raises(OperationalError):
        engine.run(job)
    assert fresh(job).status == "processing"
    monkeypatch.setattr(jobs, "renew", renew)
    change(job, lease_until=in_seconds(-1))
    assert engine.run(job)
    assert fresh(job).status == "success"


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask("count")
    seen: list[float | None] = []
    renew = jobs.renew

    def watched(*args: Any) -> bool:
        told = renew(*args)
        seen.append(fresh(job).progress)
        return told

    monkeypatch.setattr(jobs, "renew", watched)
    engine.run(job)
    assert seen
    assert seen == sorted(seen, key=lambda share: share or 0)
    assert all(share is None or 0 <= share <= 1 for share in seen)


class Broken(BaseBackend):
    """Works here, and has a bug."""

    runs_here = True

    def run(self, request: JobRequest, *arguments: Any, **options: Any) -> JobResponse:
        raise KeyError("no such thing")


def test_a_bug_of_a_backend_fails_the_job(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": f"{__name__}.Broken"}}
    job = ask("anything")
    engine.advance(here=True)
    assert fresh(job).status == "fail"
    assert fresh(job).error == {"type": "KeyError", "message": "'no such thing'"}


class Vague(BaseBackend):
    """Works here, and comes back without an end."""

    runs_here = True

    def run(self, request: JobRequest, *arguments: Any, **options: Any) -> JobResponse:
        return answer("processing")


def test_a_run_that_comes_back_without_an_end_has_failed(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": f"{__name__}.Vague"}}
    job = ask("anything")
    engine.advance(here=True)
    assert fresh(job).status == "fail"


# ------------------------------------------------------------------------- with workers about


def test_workers_are_told_of_jobs_whose_message_seems_to_be_lost(told: list[str]) -> None:
    made = [ask("echo", priority=-n) for n in range(running.NUDGES + 2)]
    assert engine.advance() == 0
    assert told == [str(job.pk) for job in made[: running.NUDGES]]
    told.clear()
    engine.advance()
    assert told == [str(job.pk) for job in made[running.NUDGES :]]
    told.clear()
    engine.advance()
    assert told == []
    assert {fresh(job).status for job in made} == {"pending"}


def test_where_no_worker_listens_the_engine_does_it_by_itself(told: list[str]) -> None:
    made = [ask("echo") for _ in range(2)]
    for _ in range(running.PATIENCE):
        engine.advance()
        make_due(*made)
    assert {fresh(job).status for job in made} == {"pending"}
    engine.advance()
    assert {fresh(job).status for job in made} == {"success"}


def test_while_a_worker_is_busy_the_others_wait_for_it(told: list[str]) -> None:
    busy, waits = ask("echo"), ask("echo")
    assert jobs.begin_run(busy, most_attempts=3)
    for _ in range(running.PATIENCE + 2):
        make_due(waits)
        engine.advance()
    assert fresh(waits).status == "pending"
    assert set(told) == {str(waits.pk)}


def test_a_lost_run_is_told_of_as_well(told: list[str]) -> None:
    job = ask("echo")
    assert jobs.begin_run(job, most_attempts=3)
    change(job, lease_until=in_seconds(-1), due_at=in_seconds(-1))
    engine.advance()
    assert told == [str(job.pk)]


def test_the_files_of_a_run_are_gone_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask("echo", files={"text": b"hello"})
    paths: list[Path] = []
    backend = backends["local"]
    run = backend.run

    def watched(request: JobRequest, files: Any, *arguments: Any) -> JobResponse:
        paths.extend(files.values())
        return run(request, files, *arguments)

    monkeypatch.setattr(backend, "run", watched)
    engine.run(job)
    assert fresh(job).status == "success"
    assert paths
    assert not any(path.exists() for path in paths)


@pytest.mark.parametrize("is_stored", [True, False])
def test_files_stay_where_the_result_that_names_them_was_stored_after_all(
    monkeypatch: pytest.MonkeyPatch, is_stored: bool
) -> None:
    """The COMMIT worked and its answer got lost, so that a second one found nothing to do."""
    finish = jobs.finish_run

    def lose(*arguments: Any) -> bool:
        if is_stored:
            assert finish(*arguments)
        return False

    monkeypatch.setattr(jobs, "finish_run", lose)
    job = jobs.submit(model="text/act/scribe", input={"text": "hello"})
    assert not engine.run(job)
    assert UniversalAIFile.objects.count() == is_stored
    if is_stored:
        with UniversalAIFile.objects.get().open() as content:
            assert content.read() == b"hello"


def test_files_stay_where_nobody_can_be_asked_for_the_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def be_away(*arguments: Any) -> Any:
        raise OperationalError("the database is away")

    job = jobs.submit(model="text/act/scribe", input={"text": "hello"})
    with ExitStack() as until:

        def lose(*arguments: Any) -> bool:
            until.enter_context(connection.execute_wrapper(be_away))
            raise OperationalError("the answer is lost")

        monkeypatch.setattr(jobs, "finish_run", lose)
        with pytest.raises(OperationalError, match="lost"):
            engine.run(job)
    assert UniversalAIFile.objects.exists()
