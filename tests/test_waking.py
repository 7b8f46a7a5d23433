from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, current_app
from kombu.transport.memory import Channel

from django_universal_ai import tasks, waking


@pytest.fixture
def app() -> Iterator[Celery]:
    """A project's app, whose broker is in memory and empty."""
    waking._left_alone_until = 0.0
    waking._quiet_until.clear()
    waking._second = 0.0
    before: Celery = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy
    Channel.queues.clear()
    app = Celery("test", broker="memory://", set_as_current=True)
    yield app
    waking._left_alone_until = 0.0
    waking._quiet_until.clear()
    waking._second = 0.0
    before.set_current()
    app.close()


def messages(app: Celery, queue: str = "celery") -> list[tuple[str, list[Any]]]:
    """Take what is in a queue: names and arguments."""
    taken = []
    with app.connection_for_read() as broker, broker.SimpleQueue(queue) as waiting:
        while waiting.qsize():
            message = waiting.get_nowait()
            message.ack()
            taken.append((message.headers["task"], message.payload[0]))
    return taken


def test_a_message_names_the_job_and_nothing_else(app: Celery) -> None:
    job_id = uuid.uuid4()
    assert waking.submit(job_id)
    assert messages(app) == [(waking.SUBMIT, [str(job_id)])]


def test_it_goes_to_the_queue_of_the_backend(app: Celery) -> None:
    assert waking.submit(uuid.uuid4(), "some_queue")
    assert len(messages(app, "some_queue")) == 1


def test_of_many_jobs_that_go_to_a_service_the_first_ones_are_told_of(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    assert [waking.submit(uuid.uuid4()) for _ in range(30)] == [True] * 20 + [False] * 10
    clock += 1
    assert waking.submit(uuid.uuid4())
    monkeypatch.undo()
    assert len(messages(app)) == 21


def test_of_jobs_that_run_here_each_is_told_of(app: Celery) -> None:
    assert all(waking.submit(uuid.uuid4(), "some_queue") for _ in range(30))


def test_eager_tasks_are_called_for_each(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    app.conf.task_always_eager = True
    monkeypatch.setattr(waking, "_send", lambda *args: True)
    assert all(waking.submit(uuid.uuid4()) for _ in range(30))


def test_all_workers_can_be_asked_to_look_around(app: Celery) -> None:
    assert waking.advance()
    assert messages(app) == [(waking.ADVANCE, [])]


def test_the_names_are_those_of_the_tasks() -> None:
    assert tasks.submit_job.name == waking.SUBMIT
    assert tasks.advance_jobs.name == waking.ADVANCE
    assert tasks.poll_job.name == "django_universal_ai.tasks.poll_job"


def test_a_broker_that_is_away_is_told_to_the_log_and_nobody_else(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    app.conf.update(broker_url="amqp://127.0.0.1:9//")
    with caplog.at_level(logging.WARNING, "django_universal_ai"):
        assert not waking.advance()
    assert "The broker didn't take" in caplog.text
    caplog.clear()
    began = time.monotonic()
    assert not any(waking.advance() for _ in range(10))
    assert time.monotonic() - began < 1  # it isn't asked again at once: views are waiting
    assert caplog.text == ""


@pytest.fixture
def stand_in(app: Celery, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """What Celery has where a project has no app."""
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    stand_in = Celery("default", set_as_current=True)
    yield stand_in
    stand_in.close()


def test_a_project_without_celery_has_nobody_to_wake(
    stand_in: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    assert not waking.has_broker()
    assert not waking.submit(uuid.uuid4())
    assert caplog.records == []


def test_a_broker_in_the_environment_is_one(
    stand_in: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "memory://")
    assert waking.advance()
    assert messages(stand_in) == [(waking.ADVANCE, [])]


def test_an_app_without_a_url_has_the_broker_of_its_defaults(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    mine: Any = Celery("mysite", set_as_current=True)
    assert mine.conf.broker_url is None
    assert waking.has_broker()
    mine.close()
