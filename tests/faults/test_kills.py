"""Workers that are killed, one after the other, while jobs keep coming."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from .conftest import Stages
from .processes import Blow
from .size import CHAOS, CHAOS_OPTIONS, CHAOS_RATE, CHAOS_SHORTER, LONG, RECOVERY, TIMEOUT
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

#: The service's jobs take this long, and up to as much again; some fail there.
WORK: dict[str, Any] = {"seconds": 0.5, "jitter": 1.0, "fail_rate": 0.1}
UNDER_LOAD = WORK | {
    "rate_limit": CHAOS_RATE,
    "options": CHAOS_OPTIONS,
    "shorter": CHAOS_SHORTER,
}


def strike_under_load(stage: Stage, strike: Callable[[], None]) -> None:
    """Strike every two seconds while jobs come in."""
    pause = CHAOS.seconds * 0.8 / CHAOS.jobs
    stage.submit(0)  # the web process is up
    load = Thread(target=stage.submit, args=(CHAOS.jobs,), kwargs={"pause": pause})
    load.start()
    ends_at = time.monotonic() + CHAOS.seconds
    while time.monotonic() < ends_at:
        time.sleep(CHAOS.every)
        strike()
    load.join()


def recover(stage: Stage) -> None:
    stage.await_settled(RECOVERY + 5, "every job moved on after the last kill")
    since = time.time() - stage.blows[-1].at
    sys.stdout.write(f"{stage.name}: all moved on {since:.1f} s after the last kill\n")
    verdict = stage.judge()
    assert since < RECOVERY
    assert verdict.jobs == CHAOS.jobs
    # Each blow hits two children with eight requests each, at the very most.
    assert verdict.states["uncertain"] <= 16 * verdict.blows


@pytest.mark.parametrize("broker", ["redis", "amqp"])
def test_whole_workers_are_killed(stages: Stages, broker: str) -> None:
    stage = stages(broker, **UNDER_LOAD)
    for _ in range(3):
        stage.worker()
    strike_under_load(stage, stage.kill_any)
    recover(stage)


@pytest.mark.parametrize("broker", ["redis", "amqp"] if LONG else ["redis"])
def test_only_children_of_the_pool_are_killed(stages: Stages, broker: str) -> None:
    stage = stages(broker, **UNDER_LOAD)
    for _ in range(2):
        stage.worker()
    strike_under_load(stage, stage.kill_any_child)
    recover(stage)
    assert all(worker.is_alive for worker in stage.workers)


@pytest.mark.parametrize(
    ("number", "soft"),
    [
        pytest.param(signal.SIGTERM, 0, id="warm"),
        pytest.param(signal.SIGQUIT, 0, id="cold"),
        *([pytest.param(signal.SIGQUIT, 3, id="soft")] if LONG else []),
    ],
)
def test_a_worker_is_shut_down_under_load(
    stages: Stages, number: signal.Signals, soft: int
) -> None:
    celery = {"CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT": soft}
    stage = stages(celery=celery, **UNDER_LOAD)
    first = stage.worker()
    stage.submit(60)
    until(lambda: len(stage.upstream.posts()) > 10, 30, "jobs are being sent")
    if number == signal.SIGQUIT:
        stage.blows.append(Blow(time.time(), first.pids()))
    first.signal(number)
    until(lambda: not first.is_alive, 30, "the worker ended by itself")
    stage.worker()
    stage.let_stale_leases_pass()
    stage.await_settled(RECOVERY)
    stage.judge()
