"""POSTs that the service accepts and never answers."""

from __future__ import annotations

import sys

import pytest

from .conftest import Stages
from .size import LONG
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(300)]

JOBS = 1000 if LONG else 120


def test_one_in_twenty_is_never_answered(stages: Stages) -> None:
    """No second POST; uncertain are exactly those, and what the list can tell is found."""
    stage = stages(rate_limit=60)
    stage.upstream.fault("lost", method="POST", path="async$", times=0, chance=0.05)
    stage.submit(JOBS)
    stage.worker()
    stage.await_settled(120)

    lost = {entry["public_id"] for entry in stage.upstream.posts() if entry["fault"] == "lost"}
    uncertain = {pk for pk, status in stage.statuses().items() if status == "uncertain"}
    assert lost
    verdict = stage.judge()
    assert verdict.most_accepted == 1
    assert len(uncertain) == len(lost)

    stage.upstream.clear_faults()
    stage.database.let_time_pass(100)
    due = (
        "SELECT count(*) FROM universal_ai_universalaijob WHERE status = 'uncertain' AND polls = 0"
    )
    until(lambda: stage.database.value(due) == 0, 60, "the list was read for each of them")
    stage.await_settled(30)
    found = len(lost) - stage.judge().states["uncertain"]
    sys.stdout.write(f"{len(lost)} of {JOBS} unanswered, {found} found again by the list\n")


def test_a_single_one_is_found_by_the_list(stages: Stages) -> None:
    stage = stages()
    stage.upstream.fault("lost", method="POST", path="async$", times=1)
    stage.submit(5)
    stage.worker("-c", "1")
    stage.await_settled(60)
    assert sorted(stage.statuses().values()) == ["success"] * 4 + ["uncertain"]
    stage.database.let_time_pass(100)
    until(lambda: set(stage.statuses().values()) == {"success"}, 30, "it was found again")
    stage.await_settled(30)
    assert stage.judge().most_accepted == 1
