"""The one writer of ``status``.

A change is one conditional ``UPDATE`` that says whether it won, and writes in the same transaction
the events that carry its signals.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any, TypeAlias, cast

from django.db import Error
from django.db.models import F, Q
from django.utils import timezone

from ..backends import backends
from ..contract import JobResponse, JobStatus
from ..models import TERMINAL, EventKind, JobEvent, Status, UniversalAIJob
from ..models.database import NOW, atomic, from_now, in_transaction, may_pass, retrying
from ..models.managers import JobQuerySet
from ..models.statements import Update, update_rows
from ..outbox import SIGNALS
from ..signals import StatusChange
from . import counting, telling

logger = logging.getLogger("django_universal_ai")

#: Seconds until an uncertain job is looked at again.
UNCERTAIN_PAUSE = 60.0
#: Seconds from an end that told no cost until the cost is asked for.
COST_PAUSE = 5.0
#: Seconds until it is asked for again, where the service couldn't be asked.
LONG_COST_PAUSE = 600.0

Events = tuple[tuple[EventKind, dict[str, Any]], ...]

NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
LEASE_ENDED = Q(lease_until__isnull=True) | Q(lease_until__lte=NOW)
# Expressions are kept, not made anew: see models/statements.py.
WAITING = Q(status=Status.PENDING) & LEASE_ENDED
ONE_MORE_ATTEMPT = F("attempts") + 1
ENDED: dict[str, Any] = {
    **NO_LEASE,
    "due_at": None,
    "note": "",
    "missing_since": None,
    "active_key": None,
}

_COST = UniversalAIJob._meta.get_field("cost")
_COST_UNIT = Decimal(1).scaleb(-_COST.decimal_places)
_COST_CONTEXT = Context(prec=_COST.max_digits)


@dataclass(slots=True, eq=False)
class Promised:
    """A change of one row that waits for the end of its transaction; true where it won.

    Whether it did is known once it was sent. Who asks before sends it, with all that wait: moves
    that nobody asks about reach the database together.
    """

    update: Update
    events: Events = ()
    #: Whose status changes, and what it was.
    job: UniversalAIJob | None = None
    before: str | None = None
    batch: _Batch | None = None
    won: bool | None = None

    def __bool__(self) -> bool:
        if self.won is None and self.batch is not None:
            self.batch.send()
        return bool(self.won)


#: Whether a move won, which inside :func:`together` may not be known yet.
Won: TypeAlias = bool | Promised
Step: TypeAlias = Callable[[], Won]


@dataclass(slots=True)
class _Batch:
    """What a transaction of several moves does, and what is left for its end."""

    waiting: list[Promised] = field(default_factory=list)
    events: list[JobEvent] = field(default_factory=list)
    changed: list[StatusChange] = field(default_factory=list)
    #: Jobs that ended, and such whose cost came after their end.
    ended: list[uuid.UUID] = field(default_factory=list)
    priced: list[uuid.UUID] = field(default_factory=list)

    def add(self, move: Promised) -> Promised:
        """Make a change, sooner or later."""
        move.batch, move.won = self, None
        self.waiting.append(move)
        return move

    def send(self) -> None:
        sent, self.waiting = self.waiting, []
        won = update_rows([move.update for move in sent])
        for made, has_won in zip(sent, won, strict=True):
            made.won = has_won
            if has_won:
                self._note(made)

    def _note(self, move: Promised) -> None:
        pk, changes = cast(uuid.UUID, move.update.pk), move.update.changes
        if move.update.rows is finished:
            if changes.get("cost"):
                self.priced.append(pk)
            return
        now = timezone.now()
        self.events += (
            JobEvent(
                job_id=pk,
                kind=kind,
                # One after the other: they are told in the order in which they happened.
                at=now + timedelta(microseconds=place),
                detail=detail,
                deliver_at=NOW if kind in SIGNALS else None,
            )
            for place, (kind, detail) in enumerate(move.events)
        )
        if move.job is not None and changes.get("status", move.before) != move.before:
            self.changed.append(telling.change_of(move.job, move.before, changes))
        if changes.get("status") in TERMINAL:
            self.ended.append(pk)

    def close(self) -> None:
        self.send()
        if self.events:
            JobEvent.objects.bulk_create(self.events)
        counting.note_ends(self.ended)
        counting.note_costs(self.priced)


_batch: ContextVar[_Batch | None] = ContextVar("universal_ai_batch", default=None)


def together(
    steps: Sequence[Step],
    then: Callable[[list[bool]], object] = lambda won: None,
) -> list[bool]:
    """Make several moves in one transaction; what each of ``steps`` returned.

    ``then`` is called with that before the transaction ends. Where a move can't be stored, each is
    made by itself.
    """
    if len(steps) > 1:
        try:
            return _in_one(steps, then)
        except (Error, ValueError, RecursionError) as error:
            if in_transaction() or not _is_about_the_data(error):
                raise
    won = [bool(step()) for step in steps]
    then(won)
    return won


@retrying
def _in_one(steps: Sequence[Step], then: Callable[[list[bool]], object]) -> list[bool]:
    batch = _Batch()
    with atomic():
        token = _batch.set(batch)
        try:
            promised = [step() for step in steps]
        finally:
            _batch.reset(token)
        batch.close()
        won = list(map(bool, promised))
        then(won)
    telling.tell(batch.changed)
    return won


def move(
    job: UniversalAIJob,
    when: Q,
    events: Iterable[tuple[EventKind, dict[str, Any]]] = (),
    **changes: Any,
) -> Won:
    """Change the row if ``when`` still holds; then, and only then, write the events."""
    update = Update(_open, job.pk, when, changes)
    before = telling.before(job, when) if "status" in changes else None
    return _make(Promised(update, tuple(events), job, before))


def price(pk: uuid.UUID, changes: dict[str, Any]) -> Won:
    """Change an ended job that has no cost yet: that one may still come."""
    return _make(Promised(Update(finished, pk, Q(cost=None), changes)))


def _make(move: Promised) -> Won:
    batch = _batch.get()
    return _alone(move) if batch is None else batch.add(move)


@retrying
def _alone(move: Promised) -> bool:
    batch = _Batch()
    batch.add(move)
    if move.events or move.update.rows is finished:
        with atomic():
            batch.close()
    else:
        batch.close()
    telling.tell(batch.changed)
    return bool(move)


def finished() -> JobQuerySet:
    """Rows that have ended."""
    return UniversalAIJob.objects.finished()


def _open() -> JobQuerySet:
    """Rows that may still change."""
    return UniversalAIJob.objects.exclude(status__in=TERMINAL)


def to_uncertain(job: UniversalAIJob, when: Q, reason: str) -> Won:
    # The lease's owner stays: should it wake up with the answer in hand, it may still tell.
    return move(
        job,
        when,
        [(EventKind.UNCERTAIN, {"reason": reason})],
        status=Status.UNCERTAIN,
        lease_until=None,
        due_at=from_now(UNCERTAIN_PAUSE),
        note=reason[:500],
    )


def fail(
    job: UniversalAIJob,
    when: Q,
    error: dict[str, Any],
    events: Iterable[tuple[EventKind, dict[str, Any]]] = (),
) -> Won:
    failed = {"status": Status.FAIL, "error": error, "finished_at": timezone.now(), **ENDED}
    return move(job, when, [*events, (EventKind.FAILED, {})], **failed)


def finish(
    job: UniversalAIJob,
    when: Q,
    response: JobResponse,
    more: dict[str, Any],
    events: list[tuple[EventKind, dict[str, Any]]],
) -> Won:
    won = response.status == JobStatus.SUCCESS
    ended = {
        "status": Status.SUCCESS if won else Status.FAIL,
        "finished_at": timezone.now(),
        "progress": 1.0 if won else None,
        **ENDED,
        **more,
        **mirror(job, response),
    }
    kind = EventKind.SUCCEEDED if won else EventKind.FAILED
    return store(job, when, ended, [*events, (kind, {})])


def store(
    job: UniversalAIJob,
    when: Q,
    changes: dict[str, Any],
    events: list[tuple[EventKind, dict[str, Any]]],
) -> Won:
    """Store what the service sent; what the database can't hold ends the job with a reason.

    PostgreSQL refuses NUL characters, lone surrogates and JSON that is nested too deeply; SQLite
    refuses NaN. Such an answer would come back the same on every try.
    """
    try:
        return move(job, when, events, **changes)
    except (Error, ValueError, RecursionError) as error:
        if not _is_about_the_data(error):
            raise
        logger.exception("job %s: the answer can't be stored", job.pk)
        reason = f"The answer can't be stored: {type(error).__name__}: {error}"[:500]
    if is_taken(job, changes.get("public_id")):
        reason = "The service answered with the id of another job."
        return to_uncertain(job, when, reason)
    kept = {
        name: changes[name] for name in ("public_id", "cost", "submitted_at") if name in changes
    }
    failed = {"status": Status.FAIL, "finished_at": timezone.now()} | ENDED | kept
    failed["error"] = {"type": "not_storable", "message": reason.replace("\x00", "")}
    taken_over = [event for event in events if event[0] == EventKind.SUBMITTED]
    return move(job, when, [*taken_over, (EventKind.FAILED, {})], **failed)


def _is_about_the_data(error: Exception) -> bool:
    return not (isinstance(error, Error) and may_pass(error))


def is_taken(job: UniversalAIJob, public_id: str | None) -> bool:
    """Whether another row of the same account has this public id already."""
    if not public_id:  # a synchronous answer tells none
        return False
    aliases = backends.sharing(job.backend)
    others = UniversalAIJob.objects.filter(backend__in=aliases, public_id=public_id)
    return others.exclude(pk=job.pk).exists()


def mirror(job: UniversalAIJob, response: JobResponse) -> dict[str, Any]:
    """The service's fields, under their names, no longer than the columns.

    The cost is the whole job's: with that of the candidates which failed before.
    """
    mirrored: dict[str, Any] = {
        "public_id": response.public_id[:255] or None,  # a synchronous answer tells none
        "model": response.model[:200] if response.model else None,
        "output": response.output,
        "error": response.error,
        "original_response": response.original_response,
    }
    said: dict[str, Any] = {
        "provider": response.provider[:100],
        "feature": response.feature[:100],
        "subfeature": response.subfeature[:100],
        "cost": whole_cost(job, response.cost),
        "created_at": response.created_at,
    }
    # What the answer leaves out doesn't erase what is known.
    return mirrored | {name: value for name, value in said.items() if value not in (None, "")}


def whole_cost(job: UniversalAIJob, cost: Decimal | None) -> Decimal | None:
    """What the job costs, where the candidate at work costs ``cost``."""
    return None if cost is None else storable_cost(cost + job.spent)


def storable_cost(cost: Decimal | None) -> Decimal | None:
    """The cost as the column holds it; ``None`` where it is beyond all reason."""
    try:
        return None if cost is None else cost.quantize(_COST_UNIT, context=_COST_CONTEXT)
    except InvalidOperation:
        return None
