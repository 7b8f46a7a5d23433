"""What a worker's consumer does about the engine, without a worker: those of ``test_worker.py`` are
real."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.signals import worker_init

from django_universal_ai import engine, worker
from django_universal_ai.backends import backends
from django_universal_ai.worker import EngineStep


class Consumer:
    """Has a timer and a pool, in which nothing happens by itself."""

    def __init__(self) -> None:
        self.timer = self.pool = self
        self.every: list[tuple[float, Callable[[], None]]] = []
        self.soon: list[Callable[[], None]] = []
        self.passes: list[dict[str, Any]] = []

    def call_repeatedly(self, seconds: float, call: Callable[[], None]) -> SimpleNamespace:
        entry = (seconds, call)
        self.every.append(entry)
        return SimpleNamespace(cancel=lambda: self.every.remove(entry))

    def call_after(self, seconds: float, call: Callable[[], None]) -> None:
        self.soon.append(call)

    def apply_async(self, call: Callable[[], int], **how: Any) -> None:
        assert call is worker.pass_once
        self.passes.append(how)

    def tick(self) -> None:
        for _seconds, call in self.every:
            call()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time, in ``now``."""
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def step(consumer: Consumer) -> EngineStep:
    """Begun, as with the worker."""
    made = EngineStep(consumer)
    made.start(consumer)
    return made


def test_one_pass_at_a_time_again_and_again(step: EngineStep, consumer: Consumer) -> None:
    assert [seconds for seconds, _ in consumer.every] == [worker.TICK]
    consumer.tick()
    consumer.tick()
    assert len(consumer.passes) == 1
    consumer.passes[0]["callback"](0)
    assert consumer.soon == []
    consumer.tick()
    assert len(consumer.passes) == 2


def test_a_pass_that_had_something_to_do_is_followed_at_once(
    step: EngineStep, consumer: Consumer
) -> None:
    consumer.tick()
    consumer.passes[0]["callback"](3)
    (follow,) = consumer.soon
    follow()
    assert len(consumer.passes) == 2


def test_the_projects_time_limits_are_not_for_a_pass(step: EngineStep, consumer: Consumer) -> None:
    consumer.tick()
    how = consumer.passes[0]
    assert how["soft_timeout"] == how["timeout"] > 3600


def test_a_pass_that_ended_badly_is_followed_by_the_next(
    step: EngineStep, consumer: Consumer
) -> None:
    consumer.tick()
    consumer.passes[0]["error_callback"](RuntimeError("the process is gone"))
    assert consumer.soon == []
    consumer.tick()
    assert len(consumer.passes) == 2


def test_a_pass_that_was_lost_with_its_process_is_not_waited_for(
    step: EngineStep, consumer: Consumer, clock: SimpleNamespace
) -> None:
    consumer.tick()
    clock.now += worker.LOST_AFTER - 1
    consumer.tick()
    assert len(consumer.passes) == 1
    clock.now += 2
    consumer.tick()
    assert len(consumer.passes) == 2


def test_a_worker_that_stops_begins_no_more(step: EngineStep, consumer: Consumer) -> None:
    consumer.tick()
    step.stop(consumer)
    assert consumer.every == []
    consumer.passes[0]["callback"](3)
    assert consumer.soon == []
    step.stop(consumer)  # it was stopped before


def test_a_new_connection_begins_anew(step: EngineStep, consumer: Consumer) -> None:
    """Nobody hears of a pass that was under way when the old one broke."""
    consumer.tick()
    step.stop(consumer)
    step.start(consumer)
    consumer.tick()
    assert len(consumer.passes) == 2


@pytest.mark.django_db
def test_a_pass_gives_its_place_back_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def advance(**how: Any) -> int:
        asked.append(how)
        return 7

    monkeypatch.setattr(engine, "advance", advance)
    assert worker.pass_once(here=True) == 7
    assert asked == [{"budget": worker.BUDGET, "here": True}]


@pytest.mark.django_db
def test_a_pass_that_fails_is_logged_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**how: Any) -> int:
        raise RuntimeError("out of order")

    monkeypatch.setattr(engine, "advance", broken)
    assert worker.pass_once() == 0
    assert "The engine's pass failed" in caplog.text
    assert "out of order" in caplog.text


class Worker:
    app: Celery


@pytest.mark.parametrize(("chosen", "consumed"), [([], True), (["mails"], False)])
def test_each_worker_gets_the_step_and_one_without_queues_of_its_own_those_of_backends(
    monkeypatch: pytest.MonkeyPatch, chosen: list[str], consumed: bool
) -> None:
    monkeypatch.setattr(worker_init, "receivers", [])
    worker.install()
    app = Celery("host", set_as_current=False)
    if chosen:
        app.amqp.queues.select(chosen)
    starting = Worker()
    starting.app = app
    worker_init.send(sender=starting)
    assert EngineStep in app.steps["consumer"]
    queue = backends["local"].queue
    assert queue
    assert (queue in app.amqp.queues.consume_from) is consumed
