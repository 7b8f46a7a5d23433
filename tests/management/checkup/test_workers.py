from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai.management.checkup import Line, Mark, workers
from tests.rows import change, make_job

pytestmark = pytest.mark.django_db


def found() -> dict[str, Line]:
    return {line.what: line for line in workers.lines()}


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A broker over which these workers answer."""
    said: Any = SimpleNamespace(answers=None)

    @contextmanager
    def connection() -> Iterator[Any]:
        yield SimpleNamespace(
            ensure_connection=lambda **options: None,
            transport=SimpleNamespace(driver_type="redis"),
        )

    app = SimpleNamespace(
        connection_for_write=lambda: connection_with_name(connection()),
        control=SimpleNamespace(inspect=lambda timeout: SimpleNamespace(ping=lambda: said.answers)),
    )
    monkeypatch.setattr(workers, "current_app", app)
    return said


def connection_with_name(manager: Any) -> Any:
    manager.transport_cls = "redis"
    return manager


def test_workers_that_answer_are_counted(redis: Any) -> None:
    redis.answers = {"a@host": {"ok": "pong"}, "b@host": {"ok": "pong"}}
    assert found()["worker"] == Line(Mark.OK, "worker", "2 answer, and nothing is overdue")


def test_nobody_answers_and_nothing_is_overdue(redis: Any) -> None:
    line = found()["worker"]
    assert line.mark == Mark.NOTE
    assert "universal_ai run" in line.way_out


def test_what_is_overdue_tells_more_than_an_answer(redis: Any) -> None:
    redis.answers = {"a@host": {"ok": "pong"}}
    change(make_job("pending"), due_at=timezone.now() - timedelta(hours=1))
    line = found()["worker"]
    assert line.mark == Mark.LOOK
    assert "Is a worker running?" in line.says


def test_others_arent_asked() -> None:
    assert found()["broker"] == Line(Mark.OK, "broker", "memory answers")
    assert found()["worker"] == Line(Mark.OK, "worker", "nothing is overdue")


def test_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")
    line = found()["broker"]
    assert (line.mark, line.way_out) == (Mark.LOOK, "Jobs move all the same, a little later.")


def test_a_project_without_celery_has_no_broker_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.waking.has_broker", lambda: False)
    line = found()["broker"]
    assert (line.mark, "universal_ai run" in line.says) == (Mark.NOTE, True)
    assert found()["worker"].mark is Mark.OK
