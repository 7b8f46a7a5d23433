"""Rolled-up rows that are made anew say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai import jobs
from django_universal_ai.engine import counting, recounting
from django_universal_ai.models import Rollup, UniversalAIJob
from tests.rows import answer, change, make_job

pytestmark = pytest.mark.django_db

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def end(status: str = "success", **said: Any) -> UniversalAIJob:
    job = make_job("processing")
    assert jobs.observe(job, answer(status, public_id=job.public_id, **said), look_in=60)
    return job


def rolled_up() -> list[tuple[Any, ...]]:
    rows = Rollup.objects.order_by("pk")
    return list(rows.values_list("pk", "created", "succeeded", "failed", "cost", "durations"))


def test_the_same_jobs_give_the_same_rows() -> None:
    end()
    end("fail")
    counting.count_all()
    before = rolled_up()
    assert recounting.forget_since(EPOCH) == 2
    counting.count_all()
    assert rolled_up() == before
    assert len(before) == 2  # an hour and a day


def test_what_is_not_counted_yet_counts_once() -> None:
    end(cost="1")
    counting.count_all()
    end(cost="2")
    assert recounting.forget_since(EPOCH) == 1
    counting.count_all()
    assert [(row[1], row[4]) for row in rolled_up()] == [(2, 3), (2, 3)]


def test_a_late_cost_that_is_not_counted_yet_counts_once() -> None:
    job = end(cost=None)
    counting.count_all()
    jobs.fill_cost(job, Decimal("1.5"))
    assert recounting.forget_since(EPOCH) == 1
    counting.count_all()
    assert [(row[1], row[2], row[4]) for row in rolled_up()] == [(1, 1, Decimal("1.5"))] * 2


def test_days_before_stay_as_they_are() -> None:
    """Of a job over midnight, the request was counted the day before."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    old, over, new = make_job("success"), make_job("success"), make_job("success")
    change(old, requested_at=today - timedelta(days=2), finished_at=today - timedelta(days=2))
    change(over, requested_at=today - timedelta(hours=1), finished_at=today)
    change(new, requested_at=today, finished_at=timezone.now())
    recounting.forget_since(EPOCH)
    counting.count_all()
    before = rolled_up()
    UniversalAIJob.objects.filter(pk=old.pk).delete()
    assert recounting.forget_since(today + timedelta(hours=5)) == 2
    counting.count_all()
    assert rolled_up() == before
