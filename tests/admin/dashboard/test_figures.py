from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from time_machine import travel

from django_universal_ai.admin.dashboard import figures
from django_universal_ai.admin.dashboard.ranges import range_named

from .conftest import roll_up

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 29, 12, 34, tzinfo=UTC)


def test_sums_by_slot_feature_and_provider() -> None:
    with travel(NOW, tick=False):
        roll_up(succeeded=3, failed=1, created=5, cost=Decimal("1.5"))
        roll_up(NOW - timedelta(hours=23), provider="google", succeeded=2)
        roll_up(NOW - timedelta(hours=24), succeeded=100)
        roll_up(feature="audio", subfeature="tts", succeeded=1, cost=Decimal("0.5"))
        found = figures.ended(range_named("24h"))
    assert [slot.ended for slot in found.slots] == [2, *[0] * 22, 5]
    assert found.slots[-1].by_feature == {"ocr/ocr_async": Decimal("1.5"), "audio/tts": 0.5}
    assert {name: each.ended for name, each in found.providers.items()} == {
        "amazon": 5,
        "google": 2,
    }
    assert (found.total.created, found.total.cost) == (5, Decimal(2))
    assert found.providers["amazon"].success_rate == 0.8
    assert figures.Figures().success_rate is None


def test_a_day_of_the_current_time_zone_has_its_own_hours() -> None:
    with travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        roll_up(datetime(2026, 3, 28, 22, tzinfo=UTC), succeeded=1)  # 23:00 there
        roll_up(datetime(2026, 3, 28, 23, tzinfo=UTC), succeeded=10)  # midnight there
        found = figures.ended(range_named("7d"))
    assert [slot.succeeded for slot in found.slots[-2:]] == [1, 10]


def test_durations_of_whole_days_and_of_the_hours_before_them() -> None:
    with travel(NOW, tick=False):
        begin = range_named("24h").begin
        roll_up(begin, durations={"100": 10})  # yesterday, in the range
        roll_up(begin - timedelta(hours=1), durations={"150": 10})  # yesterday, before it
        roll_up(NOW - timedelta(hours=2), durations={"50": 30})
        found = figures.durations(range_named("24h"))
    weights = {bucket: weight for bucket, weight in enumerate(found["amazon"].weights) if weight}
    assert weights == {100: 10, 50: 30}


def test_durations_of_a_range_that_begins_at_midnight() -> None:
    with travel(NOW.replace(hour=23), tick=False):
        begin = range_named("24h").begin
        assert (begin.hour, begin.day) == (0, NOW.day)
        roll_up(begin, durations={"100": 10})
        roll_up(begin - timedelta(hours=1), durations={"150": 10})  # the day before
        found = figures.durations(range_named("24h"))
    assert {bucket for bucket, weight in enumerate(found["amazon"].weights) if weight} == {100}
