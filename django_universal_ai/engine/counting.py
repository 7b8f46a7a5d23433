"""Rolling up what jobs did, for the dashboard.

Every end is noted in its own transaction (:mod:`django_universal_ai.jobs.counting`); here the notes
go into the rolled-up rows, in batches: each counts once, whatever dies in between. One process
counts at a time, the others don't wait for it.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import Error, connections
from django.utils import timezone

from ..models import CountingLock, Rollup, Span, Status, Uncounted
from ..models.database import atomic, database, may_pass, retrying
from .sketch import place_of

logger = logging.getLogger("django_universal_ai")

#: Notes that are counted at once: so few that no request misses its moment meanwhile.
BATCH = 300
#: The same where no request waits.
AT_LEISURE = 3000
#: Seconds between two looks of one process, at least and at most. A full batch is followed soon.
EVERY = 4.0, 6.0
#: Rows of hours are kept for so long; what is older is told by the rows of days.
KEEP_HOURS = timedelta(days=35)

_CHANGED = ("created", "succeeded", "failed", "cost", "durations")

_look_at = 0.0
_clear_at = 0.0


class Key(NamedTuple):
    """What the jobs of one rolled-up row have in common."""

    span: Span
    begin: datetime
    backend: str
    feature: str
    subfeature: str
    provider: str


@dataclass(slots=True)
class Sum:
    """What is to be added to one row."""

    created: int = 0
    succeeded: int = 0
    failed: int = 0
    cost: Decimal = Decimal(0)
    durations: Counter[str] = field(default_factory=Counter)

    def add_to(self, row: Rollup) -> None:
        row.created += self.created
        row.succeeded += self.succeeded
        row.failed += self.failed
        row.cost += self.cost
        row.durations = dict(Counter(row.durations) + self.durations)


def forget() -> None:
    """Look at once when next asked to. For tests."""
    global _look_at, _clear_at
    _look_at = _clear_at = 0.0


def count_due() -> int:
    """Count what isn't counted yet, unless that was looked for just now. Returns how many notes.

    Cheap enough for every round: about one query in five seconds while nothing ends. What can't be
    counted holds up no job.
    """
    global _look_at
    if time.monotonic() < _look_at:
        return 0
    counted = 0
    try:
        counted = _count() if Uncounted.objects.exists() else 0
        if counted:
            _clear()
    except Exception as error:
        if isinstance(error, Error) and may_pass(error):
            raise
        logger.exception("what jobs did can't be counted; it is tried again")
    if counted < BATCH:
        _look_at = time.monotonic() + random.uniform(*EVERY)  # noqa: S311 - jitter
    return counted


def count_all() -> int:
    """Count everything that isn't counted yet. Returns how many notes."""
    total = 0
    while counted := _count(AT_LEISURE):
        total += counted
    return total


@retrying
def _count(most: int = BATCH) -> int:
    with atomic():
        if not locked(waits=False):
            return 0
        notes = list(Uncounted.objects.order_by("pk")[:most])
        _add(sums_of(notes))
        Uncounted.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes)


def locked(*, waits: bool) -> bool:
    """Be the one who counts, until the transaction ends. Says whether we are.

    SQLite has no locks of rows, but only one writer.
    """
    able = bool(connections[database()].features.has_select_for_update_skip_locked)
    lock = CountingLock.objects.select_for_update(skip_locked=able and not waits)
    if lock.first() is not None:
        return True
    if CountingLock.objects.exists():
        return False  # another process has it
    CountingLock.objects.bulk_create([CountingLock(pk=1)], ignore_conflicts=True)
    return lock.first() is not None


def sums_of(notes: Iterable[Uncounted]) -> dict[Key, Sum]:
    """What the notes add, by row."""
    sums: dict[Key, Sum] = {}
    for note in notes:
        for span in Span:
            if note.counts_request:
                _sum(sums, note, span, note.requested_at).created += 1
            ended = _sum(sums, note, span, note.finished_at)
            ended.cost += note.cost or 0
            if note.counts_end and note.status == Status.SUCCESS:
                ended.succeeded += 1
                if note.submitted_at:
                    took = (note.finished_at - note.submitted_at).total_seconds()
                    ended.durations[str(int(place_of(took)))] += 1
            elif note.counts_end:
                ended.failed += 1
    return sums


def _sum(sums: dict[Key, Sum], note: Uncounted, span: Span, at: datetime) -> Sum:
    where = (note.backend, note.feature, note.subfeature, note.provider)
    return sums.setdefault(Key(span, span.begin(at), *where), Sum())


def _add(sums: dict[Key, Sum]) -> None:
    rows = {row.pk: row for row in (_empty(key) for key in sums)}
    rows.update(Rollup.objects.in_bulk(list(rows)))
    for row, added in zip(rows.values(), sums.values(), strict=True):
        added.add_to(row)
    # MariaDB takes whatever key is there already, and won't be told which.
    named = connections[database()].features.supports_update_conflicts_with_target
    Rollup.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        update_fields=_CHANGED,
        unique_fields=["id"] if named else None,
    )


def _empty(key: Key) -> Rollup:
    row = Rollup(**key._asdict())
    row.id = row.make_id()
    return row


def _clear() -> None:
    """Once an hour: rows of hours that nobody will look at any more."""
    global _clear_at
    if time.monotonic() < _clear_at:
        return
    _clear_at = time.monotonic() + 3600
    Rollup.objects.filter(span=Span.HOUR, begin__lt=timezone.now() - KEEP_HOURS).delete()
