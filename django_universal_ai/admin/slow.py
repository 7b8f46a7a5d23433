"""Jobs that run for longer than such jobs do, by what was learned of their kind."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from ..backends import backends
from ..engine import durations
from ..engine.sketch import Sketch, place_of, seconds_at
from ..models import Status, UniversalAIJob

#: A running job is slow when so large a part of the jobs of its kind took less time.
SLOW = 0.95


def slow() -> Q:
    """The jobs that :func:`is_slow` is true for; none where nothing is known of their kinds."""
    now = timezone.now()
    found = Q(pk__in=[])
    for (alias, seconds), models in _kinds().items():
        found |= Q(
            backend=alias,
            requested_model__in=models,
            submitted_at__lte=now - timedelta(seconds=seconds),
        )
    return Q(status=Status.PROCESSING) & found


def is_slow(job: UniversalAIJob) -> bool:
    """Whether the job runs for longer than nearly all of its kind."""
    if job.status != Status.PROCESSING or job.submitted_at is None:
        return False
    known = durations.known(durations.kind_of(job))
    longest = None if known is None else longest_usual(known.sketch)
    return longest is not None and job.submitted_at <= timezone.now() - timedelta(seconds=longest)


def longest_usual(sketch: Sketch) -> float | None:
    """Seconds from which on a job is slow; ``None`` where too little is known.

    It is the upper edge of a bucket, so that many kinds have the same: that keeps the query short.
    """
    seconds = sketch.quantile(SLOW) if sketch.says_something else None
    return None if seconds is None else seconds_at(math.ceil(place_of(seconds)))


def _kinds() -> dict[tuple[str, float], list[str]]:
    """The requested models of each backend, by the seconds from which on they are slow."""
    found: dict[tuple[str, float], list[str]] = defaultdict(list)
    for alias in backends.aliases():
        for model, known in durations.of_backend(alias).items():
            if (seconds := longest_usual(known.sketch)) is not None:
                found[alias, seconds].append(model)
    return found
