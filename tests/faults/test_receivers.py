"""Receivers that raise, hang, and kill the process that calls them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from .conftest import Stages
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(200)]

SHORTER = {
    "django_universal_ai.outbox.CLAIM": 2.0,
    "django_universal_ai.outbox.LONGEST_PAUSE": 0.5,
    "django_universal_ai.outbox.MOST_TRIES": 3,
}


@pytest.mark.parametrize("habit", ["raise", "hang", "kill"])
def test_one_bad_receiver_keeps_nobody_from_a_signal(stages: Stages, habit: str) -> None:
    """It is given up after some tries; the other receiver and the other jobs don't notice."""
    stage = stages(shorter=SHORTER)
    worker = stage.worker()
    (bad,) = stage.submit(1, request={"metadata": {"receiver": habit}})
    stage.submit(5)
    until(lambda: is_dead(stage, bad), 90, "the receiver is given up", instead=stage.in_short)
    stage.await_settled(30)
    # Of a delivery that ended with its process nobody wrote down the first try.
    unnoted = 1 if habit == "kill" else 0
    assert tries(stage, bad) == {habit: 3 + unnoted, "note": 1}
    stage.judge(dead_receivers=frozenset({"rogue"}))
    # What it may have killed was a child of the pool, and the worker goes on.
    assert worker.is_alive
    stage.submit(1)
    stage.await_settled(30)


def test_a_receiver_that_fails_once_is_called_again(stages: Stages) -> None:
    stage = stages(shorter=SHORTER)
    stage.worker()
    (pk,) = stage.submit(1, request={"metadata": {"receiver": "once"}})
    stage.await_settled(60)
    assert tries(stage, pk) == {"once": 2, "note": 1}
    stage.judge()


def is_dead(stage: Stage, pk: str) -> bool:
    event = the_end(stage, pk)
    return bool(event and event["deliver_at"] is None and event["delivered_at"] is None)


def the_end(stage: Stage, pk: str) -> dict[str, Any] | None:
    found = stage.database.rows(
        "SELECT * FROM universal_ai_jobevent WHERE job_id = %s AND kind IN ('succeeded', 'failed')",
        pk,
    )
    return found[0] if found else None


def tries(stage: Stage, pk: str) -> Counter[str]:
    """How often each receiver was called with the job's end."""
    return Counter(
        line["receiver"]
        for line in stage.lines("receipts.jsonl")
        if line["job"] == pk and line["kind"] != "submitted"
    )
