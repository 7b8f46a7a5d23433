from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from django_universal_ai.management.checkup import Mark, jobs
from django_universal_ai.models import JobEvent
from tests.rows import change, make_job

pytestmark = pytest.mark.django_db


def troubles() -> list[str]:
    return [line.says for line in jobs.lines() if line.mark == Mark.LOOK]


def test_nothing_is_wrong_with_a_job_at_work() -> None:
    change(make_job("processing"), requested_at=timezone.now() - timedelta(hours=2))
    assert troubles() == []
    said = [line.says.replace("\xa0", " ") for line in jobs.lines()]
    assert "1 haven't ended, the oldest is 2 hours old" in said


def test_each_trouble_is_told() -> None:
    make_job("uncertain")
    JobEvent.objects.create(job=make_job("success"), kind="succeeded", deliveries=8)
    change(make_job("processing"), submitted_at=timezone.now() - timedelta(days=6))
    make_job("pending", backend="gone")
    assert troubles() == [
        "1 uncertain",
        "1 at work for more than 5 days",
        "1 wait for 'gone', which settings.UNIVERSAL_AI doesn't have",
        "1 given up",
    ]
