"""Learning how long jobs take from those that ended, and knowing it again.

Nothing hooks into the moves: rows that ended since the last time are read in order of their end,
and one conditional ``UPDATE`` of the backend's cursor says who may count them. It's a statistic: a
row that is committed :data:`SETTLE` seconds after its own ``finished_at`` is left out.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.db import Error, IntegrityError
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone

from ..backends import BaseBackend
from ..models import DurationSketch, LearningCursor, UniversalAIJob
from ..models.database import atomic, retrying
from .sketch import LONGEST, SHORTEST, Sketch

if TYPE_CHECKING:
    from .cadence import Plan

logger = logging.getLogger("django_universal_ai")

#: Rows that are learned from at once.
BATCH = 1000
#: Seconds between two looks for rows that ended, at least and at most.
LEARN_EVERY = 5.0, 10.0
#: Seconds after its end that a row is learned from; by then its transaction is committed.
SETTLE = 2.0
#: How far back a backend that has learned nothing yet looks.
HISTORY = timedelta(days=7)
#: Seconds for which a process goes by what it has read.
FRESH_FOR = 30.0
#: Seconds until it tries again where the database couldn't be asked.
RETRY_AFTER = 5.0
#: Kinds that a process knows of each backend: those seen last.
MOST_KINDS = 500
#: Ends that we made ourselves, some time after the work ended or was lost.
OUR_ENDS = frozenset({"given_up", "missing", "timeout", "unreadable", "worker_lost"})


class Kind(NamedTuple):
    """Jobs that should take about as long: one backend, one requested model string."""

    backend: str
    requested_model: str


@dataclass(slots=True)
class Known:
    """What a process knows of a kind; the plan is made when it is first needed."""

    sketch: Sketch
    updated_at: datetime
    plan: Plan | None = None


@dataclass(slots=True)
class _Memory:
    read_at: float
    kinds: dict[str, Known]


_memory: dict[str, _Memory] = {}
_learn_at: dict[str, float] = {}
#: Where learning stood when this process last knew; a win of another process makes it read anew.
_cursors: dict[str, LearningCursor] = {}


def kind_of(job: UniversalAIJob) -> Kind:
    return Kind(job.backend, job.requested_model)


def forget() -> None:
    """Know nothing any more until the database is asked again. For tests."""
    _memory.clear()
    _learn_at.clear()
    _cursors.clear()


# ----------------------------------------------------------------------------------- knowing


def known(kind: Kind) -> Known | None:
    """What is known of a kind: from memory, or by one query for all kinds of the backend.

    Never raises: where the database can't be asked, what was known is still true.
    """
    refresh(kind.backend)
    return remembered(kind)


def remembered(kind: Kind) -> Known | None:
    """What this process already knows of a kind; the database isn't asked."""
    memory = _memory.get(kind.backend)
    return memory.kinds.get(kind.requested_model) if memory else None


def of_backend(backend: str) -> dict[str, Known]:
    """What is known of all kinds of a backend, by their requested model strings."""
    refresh(backend)
    return _memory[backend].kinds


def refresh(backend: str) -> None:
    """Read what is known of a backend's jobs, where that was last done a while ago."""
    memory = _memory.get(backend)
    if memory is None or time.monotonic() - memory.read_at > FRESH_FOR:
        _memory[backend] = _read(backend, memory)


def _read(backend: str, before: _Memory | None) -> _Memory:
    kinds = {} if before is None else before.kinds
    try:
        rows = list(
            DurationSketch.objects.filter(backend=backend).order_by("-updated_at")[:MOST_KINDS]
        )
    except Error as error:
        logger.info("backend %r: learned durations can't be read now: %s", backend, error)
        read_at = time.monotonic() - FRESH_FOR + RETRY_AFTER
    else:
        kinds = {row.requested_model: _same_or_new(kinds, row) for row in rows}
        read_at = time.monotonic()
    return _Memory(read_at, kinds)


def _same_or_new(kinds: dict[str, Known], row: DurationSketch) -> Known:
    same = kinds.get(row.requested_model)
    if same is not None and same.updated_at == row.updated_at:
        return same
    return Known(Sketch.from_json(row.weights), row.updated_at)


# ---------------------------------------------------------------------------------- learning


def learn_due(backend: BaseBackend) -> int:
    """Learn from the jobs that ended since the last time. Returns from how many rows.

    Cheap enough for every round: it asks the database every five to ten seconds, with one query
    where nothing ended, and goes on at once while a full batch is found.
    """
    now = time.monotonic()
    if now < _learn_at.get(backend.alias, 0.0):
        return 0
    read = _learn(backend)
    pause = 0.0 if read == BATCH else random.uniform(*LEARN_EVERY)  # noqa: S311 - jitter
    _learn_at[backend.alias] = now + pause
    return read


@retrying
def _learn(backend: BaseBackend) -> int:
    cursor = _cursor(backend.alias)
    later = Q(finished_at__gt=cursor.ended_at)
    same = Q(finished_at=cursor.ended_at, pk__gt=cursor.job_id)
    settled = timezone.now() - timedelta(seconds=SETTLE)
    rows = (
        UniversalAIJob.objects.filter(later | same, backend=backend.alias)
        .filter(finished_at__gte=cursor.ended_at, finished_at__lte=settled)
        .order_by("finished_at", "pk")
    )
    ended = list(
        rows.annotate(reason=KT("error__type")).values_list(
            "pk",
            "requested_model",
            "submitted_at",
            "seen_at",
            "finished_at",
            "attempts",
            "reason",
            named=True,
        )[:BATCH]
    )
    if not ended:
        return 0
    by_model: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in ended:
        bounds = _bounds(row.submitted_at, row.seen_at, row.finished_at, exact=backend.runs_here)
        lost_time = backend.runs_here and row.attempts > 1
        if bounds and not lost_time and row.reason not in OUR_ENDS:
            by_model[row.requested_model].append(bounds)
    last = ended[-1]
    with atomic():
        mine = LearningCursor.objects.filter(
            backend=backend.alias, ended_at=cursor.ended_at, job_id=cursor.job_id
        )
        if not mine.update(ended_at=last.finished_at, job_id=last.pk):
            del _cursors[backend.alias]
            return 0  # another process was faster
        _merge(backend.alias, by_model)
    end = cast(datetime, last.finished_at)  # the query asked for those that have one
    _cursors[backend.alias] = LearningCursor(backend=backend.alias, ended_at=end, job_id=last.pk)
    return len(ended)


def _cursor(alias: str) -> LearningCursor:
    if alias not in _cursors:
        _cursors[alias] = _read_cursor(alias)
    return _cursors[alias]


def _read_cursor(alias: str) -> LearningCursor:
    found = LearningCursor.objects.filter(backend=alias).first()
    if found is not None:
        return found
    try:
        with atomic():
            begin = timezone.now() - HISTORY
            return LearningCursor.objects.create(
                backend=alias, ended_at=begin, job_id=uuid.UUID(int=0)
            )
    except IntegrityError:  # another process made it in the meantime
        return LearningCursor.objects.get(backend=alias)


def _bounds(
    submitted_at: datetime | None,
    seen_at: datetime | None,
    finished_at: datetime | None,
    *,
    exact: bool,
) -> tuple[float, float] | None:
    """Between which ages the job ended: it was at work at the first, and its end was known at
    the second. ``None`` where that says nothing."""
    if submitted_at is None or finished_at is None:
        return None
    high = (finished_at - submitted_at).total_seconds()
    if not SHORTEST <= high < LONGEST:
        return None  # the answer to the submission itself, or a clock that went wrong
    if exact:
        return high, high
    low = (seen_at - submitted_at).total_seconds() if seen_at else 0.0
    return min(max(low, 0.0), high), high


def _merge(alias: str, by_model: dict[str, list[tuple[float, float]]]) -> None:
    rows = {row.pk: row for row in DurationSketch.objects.filter(pk__in=_keys(alias, by_model))}
    made, changed = [], []
    now = timezone.now()
    for (model, intervals), key in zip(by_model.items(), _keys(alias, by_model), strict=True):
        row = rows.get(key)
        if row is None:
            row = DurationSketch(pk=key, backend=alias, requested_model=model)
            made.append(row)
        else:
            changed.append(row)
        sketch = Sketch.from_json(row.weights)
        sketch.learn(intervals)
        row.weights, row.count, row.updated_at = sketch.to_json(), row.count + len(intervals), now
    DurationSketch.objects.bulk_create(made)
    DurationSketch.objects.bulk_update(changed, ["weights", "count", "updated_at"])


def _keys(alias: str, models: Any) -> list[str]:
    return [_key(Kind(alias, model)) for model in models]


def _key(kind: Kind) -> str:
    return hashlib.blake2s("\n".join(kind).encode(), digest_size=16).hexdigest()
