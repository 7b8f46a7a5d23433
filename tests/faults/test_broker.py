"""A broker that loses, swallows, repeats and shuffles messages: they are hints, rows the truth."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from .conftest import Stages
from .size import LONG, RECOVERY, SEED, TIMEOUT, until_done
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

#: Seconds that the broker swallows everything.
HOLE = 60.0 if LONG else 8.0
#: Seconds in which a call that submits answers, whatever the broker does.
ANSWER = 6.0
JOBS = 300 if LONG else 60


@pytest.mark.parametrize("broker", ["redis", "amqp"] if LONG else ["redis"])
def test_a_broker_that_swallows_everything(stages: Stages, broker: str) -> None:
    """With the example project's settings, submitting is quick, and the jobs end afterwards."""
    stage = stages(broker, broker_proxied=True)
    assert stage.broker_proxy
    stage.worker()
    stage.submit(2)  # the web process has a connection
    began = time.monotonic()
    stage.broker_proxy.hole()
    slowest = 0.0
    for _ in range(2):
        (pk,) = stage.submit(1)
        slowest = max(slowest, stage.web.seconds)
        assert stage.job(pk)["status"]  # the row is there
    fresh = stage.new_web()
    fresh.call("submit", first=1000, count=1)
    slowest = max(slowest, fresh.seconds)
    sys.stdout.write(f"{broker} swallows: submit() took {slowest:.1f} s at the most\n")
    assert slowest < ANSWER
    until(lambda: time.monotonic() > began + HOLE, HOLE + 1, "the hole closes")
    stage.broker_proxy.open()
    took = stage.await_settled(RECOVERY)
    sys.stdout.write(f"{broker} swallows: all ended {took:.1f} s after the hole closed\n")
    stage.judge()


@pytest.mark.parametrize("broker", ["redis", "amqp"])
def test_a_broker_that_is_restarted_empty(stages: Stages, broker: str) -> None:
    stage = stages(broker, broker_proxied=True, rate_limit=30, seconds=0.5)
    assert stage.broker_proxy
    stage.submit(JOBS)
    stage.worker()
    until(lambda: len(stage.upstream.posts()) > 5, 30, "jobs are being sent")
    stage.broker_proxy.refuse()
    stage.broker.flush()
    stage.submit(5)
    time.sleep(1)
    stage.broker_proxy.open()
    stage.await_settled(until_done(JOBS))
    stage.judge()


def test_every_message_three_times_shuffled_and_handed_out_again(stages: Stages) -> None:
    """And Redis gives out again what isn't acknowledged within 5 s: at most 5 % more requests."""
    undisturbed = _requests(stages(rate_limit=20, seconds=0.5), copies=1)
    again: dict[str, Any] = {
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 50,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 5},
    }
    disturbed = _requests(stages(rate_limit=20, seconds=0.5, celery=again), copies=3)
    sys.stdout.write(f"{undisturbed} requests undisturbed, {disturbed} disturbed\n")
    assert disturbed <= 1.05 * undisturbed


def _requests(stage: Stage, copies: int) -> int:
    stage.submit(JOBS, keep_messages=True)
    stage.web.call("release", copies=copies, seed=SEED)
    stage.worker()
    stage.worker()
    stage.await_settled(until_done(JOBS))
    return stage.judge().requests
