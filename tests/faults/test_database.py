"""A database that ends connections, or is away for a while."""

from __future__ import annotations

import sys
import time
from threading import Event, Thread

import pytest

from .conftest import Stages
from .size import CHAOS_SHORTER, LONG, TIMEOUT, until_done
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

JOBS = 1000 if LONG else 150


def test_backends_are_terminated(stages: Stages) -> None:
    """Every connection, twice a second: what was being stored is stored again."""
    stage = stages(rate_limit=40, shorter=CHAOS_SHORTER, seconds=0.3, jitter=0.5)
    stage.submit(JOBS)
    stage.worker()
    stage.worker()
    until(lambda: stage.upstream.posts(), 30, "jobs are being sent")
    ended = 0
    stopped = Event()

    def terminate() -> None:
        nonlocal ended
        while not stopped.wait(0.5):
            ended += stage.database.end_backends()

    thread = Thread(target=terminate)
    thread.start()
    try:
        stopped.wait(30 if LONG else 8)
    finally:
        stopped.set()
        thread.join()
    assert ended > 10
    stage.await_settled(until_done(JOBS))
    verdict = stage.judge()
    sys.stdout.write(f"{ended} backends terminated\n")
    assert verdict.states["uncertain"] == 0


def test_the_database_restarts(stages: Stages) -> None:
    """Away for three seconds: an answer in hand may be lost, and then its job says so."""
    work = {"seconds": 0.3, "jitter": 0.5}
    stage = stages(rate_limit=40, shorter=CHAOS_SHORTER, database_proxied=True, **work)
    assert stage.database_proxy
    stage.submit(JOBS)
    worker = stage.worker()
    until(lambda: len(stage.upstream.posts()) > 10, 30, "jobs are being sent")
    stage.database_proxy.refuse()
    time.sleep(3)
    on_the_way = {pk for pk, status in stage.statuses().items() if status == "submitting"}
    stage.database_proxy.open()
    until(lambda: not stage.unfinished_but(on_the_way), until_done(JOBS), "the others ended")
    stage.let_stale_leases_pass()
    stage.await_settled(until_done(JOBS))
    stage.judge(uncertain=frozenset(on_the_way))
    assert worker.is_alive
