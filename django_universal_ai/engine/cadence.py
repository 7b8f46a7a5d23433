"""When to look at a job next."""

from __future__ import annotations

import datetime
import random

from django.utils import timezone

from ..models import UniversalAIJob

#: Seconds between two looks, at least and at most.
SHORTEST, LONGEST = 1.0, 60.0
#: A job is looked at again after this part of its age.
PART_OF_AGE = 0.2


def next_look(job: UniversalAIJob) -> float:
    """Seconds until the next look: soon at a young job, rarely at an old one, with jitter."""
    return pause_at(job.submitted_at)


def pause_at(submitted_at: datetime.datetime | None) -> float:
    """:func:`next_look` by the time of submission."""
    age = (timezone.now() - submitted_at).total_seconds() if submitted_at else 0.0
    pause = min(LONGEST, max(SHORTEST, age * PART_OF_AGE))
    return pause * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, no secret


def retry_pause(attempts: int) -> float:
    """Seconds until a job that couldn't be sent is sent again: doubling, with full jitter."""
    return random.uniform(0.5, 1.0) * min(LONGEST, 2.0 ** min(attempts, 10))  # noqa: S311
