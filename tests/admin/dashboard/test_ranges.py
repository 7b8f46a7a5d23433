from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from time_machine import travel

from django_universal_ai.admin.dashboard.ranges import choices, range_named

#: The day on which clocks in Berlin were put forward: it had 23 hours.
SPRING = datetime(2026, 3, 29, 12, 34, tzinfo=UTC)


def test_hours_end_with_the_one_that_runs() -> None:
    with travel(SPRING, tick=False), timezone.override("Asia/Kolkata"):
        shown = range_named("24h")
    assert len(shown.slots) == 24
    assert shown.slots[-1].begin == SPRING.replace(minute=0)
    assert shown.slots[-1].short == "17:30"
    assert {after.begin - slot.begin for slot, after in pairwise(shown.slots)} == {
        timedelta(hours=1)
    }


@pytest.mark.parametrize(("name", "count"), [("7d", 7), ("30d", 30)])
def test_days_are_those_of_the_current_time_zone(name: str, count: int) -> None:
    with travel(SPRING, tick=False), timezone.override("Europe/Berlin"):
        shown = range_named(name)
        begins = [slot.begin.astimezone(UTC) for slot in shown.slots]
    assert len(begins) == count
    assert begins[-1] == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert begins[-2] == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert shown.slots[-1].words == "Sun, 2026-03-29"


def test_an_unknown_name_gives_the_usual_range() -> None:
    assert range_named("1y").name == range_named(None).name == choices()[0][0]
