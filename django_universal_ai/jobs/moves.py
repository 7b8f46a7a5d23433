"""The moves of a job from state to state.

Each is one conditional ``UPDATE`` that says whether it won, and writes in the same transaction
the event that carries its signal. No other module writes ``status``.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from django.db import Error
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from ..contract import JobResponse, JobStatus
from ..models import TERMINAL, EventKind, JobEvent, Status, UniversalAIJob
from ..models.database import atomic, from_now, lost_connection, retrying, wants_another_try
from ..outbox import SIGNALS

logger = logging.getLogger("django_universal_ai")

#: Seconds that a worker may be silent about a run before it counts as lost.
RUN_LEASE = 30.0
#: Seconds until an uncertain job is looked at again.
UNCERTAIN_PAUSE = 60.0

_COST = UniversalAIJob._meta.get_field("cost")
_COST_UNIT = Decimal(1).scaleb(-_COST.decimal_places)
_COST_CONTEXT = Context(prec=_COST.max_digits)

_ON_THE_WAY = (Status.SUBMITTING, Status.UNCERTAIN)
_LEASE_ENDED = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
_NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
_ENDED: dict[str, Any] = {**_NO_LEASE, "due_at": None, "note": "", "missing_since": None}


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to send one job, once."""

    lease: uuid.UUID
    #: Goes out with the request and comes back in its webhook; the row keeps only its hash.
    token: str


# ------------------------------------------------------------------------------------- sending


def hold(job: UniversalAIJob, *, seconds: float) -> uuid.UUID | None:
    """Keep a ``pending`` job to ourselves while its files are uploaded; nothing is paid yet.

    It counts as an attempt, so that uploads which fail are tried again ever more rarely.
    """
    lease = uuid.uuid4()
    free = Q(status=Status.PENDING) & _LEASE_ENDED
    held = _move(
        job.pk,
        free,
        lease_owner=lease,
        lease_until=from_now(seconds),
        attempts=F("attempts") + 1,
    )
    return lease if held else None


@retrying
def keep(leases: Collection[uuid.UUID], *, seconds: float) -> None:
    """The uploads of these leases go on."""
    if leases:
        held = UniversalAIJob.objects.filter(status=Status.PENDING, lease_owner__in=leases)
        held.update(lease_until=from_now(seconds))


def begin_submission(
    job: UniversalAIJob, *, seconds: float, held: uuid.UUID | None = None
) -> Ticket | None:
    """``pending`` to ``submitting``, right before the POST. ``None`` where another was faster.

    ``seconds`` is how long the POST may take at the most: when they are over and nobody said how
    it went, the job counts as ``uncertain``. ``held`` is the lease that :func:`hold` gave.
    """
    ticket = Ticket(uuid.uuid4(), secrets.token_urlsafe(32))
    ours = Q(lease_owner=held) if held else _LEASE_ENDED
    won = _move(
        job.pk,
        Q(status=Status.PENDING) & ours,
        status=Status.SUBMITTING,
        lease_owner=ticket.lease,
        lease_until=from_now(seconds),
        due_at=from_now(seconds),
        posted_at=Now(),
        attempts=F("attempts") + (0 if held else 1),
        token_hash=hash_token(ticket.token),
        note="",
    )
    return ticket if won else None


def hash_token(token: str) -> str:
    """How a submission's secret token is kept: SHA-256, as hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def accept(job: UniversalAIJob, lease: uuid.UUID, response: JobResponse, *, look_in: float) -> bool:
    """The service took the job over, and may have finished it at once.

    An ``uncertain`` row takes the answer too: it came late, but it came.
    """
    mine = Q(status__in=_ON_THE_WAY, lease_owner=lease)
    taken: dict[str, Any] = {"submitted_at": timezone.now()}
    events = [(EventKind.SUBMITTED, {"public_id": response.public_id})]
    if not response.is_terminal:
        taken |= {"status": Status.PROCESSING, "due_at": from_now(look_in), "note": "", **_NO_LEASE}
        return _store(job.pk, mine, taken | _mirror(response), events)
    return _finish(job.pk, mine, response, taken, events)


def defer(job: UniversalAIJob, lease: uuid.UUID, reason: str, *, seconds: float) -> bool:
    """The service certainly didn't take it: back to ``pending``, to be sent again later."""
    return _move(
        job.pk,
        Q(status__in=(Status.PENDING, Status.SUBMITTING), lease_owner=lease),
        [(EventKind.DEFERRED, {"reason": reason, "seconds": round(seconds, 1)})],
        status=Status.PENDING,
        due_at=from_now(seconds),
        note=reason[:500],
        token_hash="",
        **_NO_LEASE,
    )


def refuse(job: UniversalAIJob, lease: uuid.UUID, error: dict[str, Any]) -> bool:
    """The service refused the job, or one of its files, for good."""
    mine = Q(status__in=(Status.PENDING, *_ON_THE_WAY), lease_owner=lease)
    return _fail(job.pk, mine, error)


def lose(job: UniversalAIJob, lease: uuid.UUID, reason: str) -> bool:
    """Nobody can tell whether the service took it: never sent again by itself."""
    mine = Q(status=Status.SUBMITTING, lease_owner=lease)
    return _to_uncertain(job.pk, mine, reason)


def reap() -> int:
    """Jobs whose sender was lost on the wire become ``uncertain``. Returns how many."""
    lost = Q(status=Status.SUBMITTING) & _LEASE_ENDED
    reason = "The worker was lost while it was sending this job."
    ids = UniversalAIJob.objects.filter(lost).values_list("pk", flat=True)[:1000]
    return sum(_to_uncertain(pk, lost, reason) for pk in list(ids))


def _to_uncertain(pk: uuid.UUID, when: Q, reason: str) -> bool:
    # The lease's owner stays: should it wake up with the answer in hand, it may still tell.
    return _move(
        pk,
        when,
        [(EventKind.UNCERTAIN, {"reason": reason})],
        status=Status.UNCERTAIN,
        lease_until=None,
        due_at=from_now(UNCERTAIN_PAUSE),
        note=reason[:500],
    )


def adopt(job: UniversalAIJob, response: JobResponse, *, look_in: float) -> bool:
    """The job's id at the service was found: an uncertain job goes on with the answer of a GET.

    ``False`` where the row isn't uncertain any more, or another row has this id already.
    """
    lost = Q(status__in=_ON_THE_WAY)
    taken: dict[str, Any] = {"submitted_at": Coalesce("posted_at", Now()), **_NO_LEASE}
    events = [(EventKind.SUBMITTED, {"public_id": response.public_id, "found": True})]
    if _is_taken(job.pk, {"public_id": response.public_id}):
        return False
    if response.is_terminal:
        return _finish(job.pk, lost, response, taken, events)
    taken |= {"status": Status.PROCESSING, "due_at": from_now(look_in), "note": ""}
    return _store(job.pk, lost, taken | _mirror(response), events)


def give_up(job: UniversalAIJob, reason: str) -> bool:
    """A person says that an uncertain job won't come back: it fails, whatever was billed."""
    lost = Q(status=Status.UNCERTAIN)
    return _fail(job.pk, lost, {"type": "given_up", "message": reason})


def postpone(ids: Iterable[uuid.UUID], *, seconds: float, note: str | None = None) -> None:
    """Look at these unfinished jobs later, and say why."""
    changes: dict[str, Any] = {"due_at": from_now(seconds)}
    if note is not None:
        changes["note"] = note[:500]
    UniversalAIJob.objects.filter(pk__in=list(ids)).unfinished().update(**changes)


# ------------------------------------------------------------------------------------ watching


def observe(job: UniversalAIJob, response: JobResponse, *, look_in: float) -> bool:
    """What the service says of a job that it has. Says whether the job ended with it."""
    open_ = Q(status__in=(Status.PROCESSING, Status.UNCERTAIN))
    if response.is_terminal:
        more: dict[str, Any] = {"polls": F("polls") + 1}
        if response.cost is None and not job.cost:
            more["cost"] = None  # a webhook tells no cost, and the 202's "0.000" wasn't the price
        return _finish(job.pk, open_, response, more, [])
    unknown = response.status != JobStatus.PROCESSING
    _move(
        job.pk,
        Q(status=Status.PROCESSING),
        due_at=from_now(look_in),
        polls=F("polls") + 1,
        missing_since=None,
        note=f"The service calls it {response.status!r}."[:500] if unknown else "",
    )
    return False


def seen(ids: Iterable[uuid.UUID], *, look_in: float) -> None:
    """The service's list says that these are still at work."""
    UniversalAIJob.objects.filter(pk__in=list(ids), status=Status.PROCESSING).update(
        due_at=from_now(look_in), polls=F("polls") + 1, missing_since=None
    )


def miss(
    job: UniversalAIJob, reason: str, *, look_in: float, patience: float, kind: str = "missing"
) -> bool:
    """The service doesn't know the job, or tells of it what nobody can read (``kind``).

    Fails the job once that was so for ``patience`` seconds.
    """
    for_long = Q(status=Status.PROCESSING, missing_since__lte=from_now(-patience))
    if _fail(job.pk, for_long, {"type": kind, "message": reason}):
        return True
    _move(
        job.pk,
        Q(status=Status.PROCESSING),
        due_at=from_now(look_in),
        polls=F("polls") + 1,
        missing_since=Coalesce("missing_since", Now()),
        note=reason[:500],
    )
    return False


def expire(job: UniversalAIJob, *, seconds: float) -> bool:
    """Fail a job that is at work for longer than ``seconds``."""
    too_old = Q(status=Status.PROCESSING, submitted_at__lte=from_now(-seconds))
    message = f"The service didn't finish this job within {seconds / 86400:g} days."
    return _fail(job.pk, too_old, {"type": "timeout", "message": message})


# ----------------------------------------------------------------------------- running it here


def begin_run(job: UniversalAIJob, *, most_attempts: int) -> uuid.UUID | None:
    """Take a job that a provider in this process does. ``None`` where another has it.

    A run whose worker was lost is begun again, ``most_attempts`` times in all; then it fails.
    """
    lost = Q(status=Status.PROCESSING, attempts__gte=most_attempts) & _LEASE_ENDED
    message = f"The worker was lost {most_attempts} times while it did this job."
    if _fail(job.pk, lost, {"type": "worker_lost", "message": message}):
        return None
    lease = uuid.uuid4()
    now = timezone.now()
    run: dict[str, Any] = {
        "status": Status.PROCESSING,
        "lease_owner": lease,
        "lease_until": from_now(RUN_LEASE),
        "due_at": from_now(RUN_LEASE),
        "attempts": F("attempts") + 1,
        "polls": 0,
        "progress": None,
        "note": "",
    }
    first = {**run, "public_id": str(job.pk), "submitted_at": now, "created_at": now, "cost": 0}
    submitted = [(EventKind.SUBMITTED, {"public_id": str(job.pk)})]
    if _move(job.pk, Q(status=Status.PENDING) & _LEASE_ENDED, submitted, **first):
        return lease
    again = Q(status=Status.PROCESSING) & _LEASE_ENDED
    return lease if _move(job.pk, again, [(EventKind.RESTARTED, {})], **run) else None


def put_off(job: UniversalAIJob, *, look_in: float) -> None:
    """Something was tried that didn't move it yet; the count makes the next pause longer."""
    UniversalAIJob.objects.filter(pk=job.pk).unfinished().update(
        due_at=from_now(look_in), polls=F("polls") + 1
    )


@retrying
def renew(job: UniversalAIJob, lease: uuid.UUID, progress: float | None) -> bool:
    """The run goes on. ``False`` where it isn't ours any more: its result will not count."""
    changes: dict[str, Any] = {} if progress is None else {"progress": progress}
    row = UniversalAIJob.objects.filter(pk=job.pk, status=Status.PROCESSING, lease_owner=lease)
    return bool(row.update(lease_until=from_now(RUN_LEASE), due_at=from_now(RUN_LEASE), **changes))


def finish_run(job: UniversalAIJob, lease: uuid.UUID, response: JobResponse) -> bool:
    """The run ended. ``False`` where it had been given to another in the meantime."""
    mine = Q(status=Status.PROCESSING, lease_owner=lease)
    return _finish(job.pk, mine, response, {}, [])


# ------------------------------------------------------------------------------- the one writer


@retrying
def _move(
    pk: uuid.UUID,
    when: Q,
    events: Iterable[tuple[EventKind, dict[str, Any]]] = (),
    **changes: Any,
) -> bool:
    """Change the row if ``when`` still holds; then, and only then, write the events."""
    with atomic():
        row = UniversalAIJob.objects.exclude(status__in=TERMINAL).filter(when, pk=pk)
        if not row.update(**changes):
            return False
        JobEvent.objects.bulk_create(
            JobEvent(
                job_id=pk,
                kind=kind,
                detail=detail,
                deliver_at=Now() if kind in SIGNALS else None,
            )
            for kind, detail in events
        )
    if "status" in changes:
        logger.info("job %s is %s", pk, changes["status"])
    return True


def _fail(pk: uuid.UUID, when: Q, error: dict[str, Any]) -> bool:
    failed = {"status": Status.FAIL, "error": error, "finished_at": timezone.now(), **_ENDED}
    return _move(pk, when, [(EventKind.FAILED, {})], **failed)


def _finish(
    pk: uuid.UUID,
    when: Q,
    response: JobResponse,
    more: dict[str, Any],
    events: list[tuple[EventKind, dict[str, Any]]],
) -> bool:
    won = response.status == JobStatus.SUCCESS
    ended = {
        "status": Status.SUCCESS if won else Status.FAIL,
        "finished_at": timezone.now(),
        "progress": 1.0 if won else None,
        **_ENDED,
        **more,
        **_mirror(response),
    }
    kind = EventKind.SUCCEEDED if won else EventKind.FAILED
    return _store(pk, when, ended, [*events, (kind, {})])


def _store(
    pk: uuid.UUID,
    when: Q,
    changes: dict[str, Any],
    events: list[tuple[EventKind, dict[str, Any]]],
) -> bool:
    """Store what the service sent; what the database can't hold ends the job with a reason.

    PostgreSQL refuses NUL characters, lone surrogates and JSON that is nested too deeply; SQLite
    refuses NaN. Such an answer would come back the same on every try.
    """
    try:
        return _move(pk, when, events, **changes)
    except (Error, ValueError, RecursionError) as error:
        if not _is_about_the_data(error):
            raise
        logger.exception("job %s: the answer can't be stored", pk)
        reason = f"The answer can't be stored: {type(error).__name__}: {error}"[:500]
    if _is_taken(pk, changes):
        reason = "The service answered with the id of another job."
        return _to_uncertain(pk, when, reason)
    kept = {
        name: changes[name] for name in ("public_id", "cost", "submitted_at") if name in changes
    }
    failed = {"status": Status.FAIL, "finished_at": timezone.now()} | _ENDED | kept
    failed["error"] = {"type": "not_storable", "message": reason.replace("\x00", "")}
    taken_over = [event for event in events if event[0] == EventKind.SUBMITTED]
    return _move(pk, when, [*taken_over, (EventKind.FAILED, {})], **failed)


def _is_about_the_data(error: Exception) -> bool:
    if not isinstance(error, Error):
        return True
    return not (wants_another_try(error) or lost_connection())


def _is_taken(pk: uuid.UUID, changes: dict[str, Any]) -> bool:
    """Whether another row of the same backend has this public id already."""
    if "public_id" not in changes:
        return False
    backend = UniversalAIJob.objects.filter(pk=pk).values("backend")
    others = UniversalAIJob.objects.filter(backend__in=backend, public_id=changes["public_id"])
    return others.exclude(pk=pk).exists()


def _mirror(response: JobResponse) -> dict[str, Any]:
    """The service's fields, under their names, no longer than the columns."""
    mirrored: dict[str, Any] = {
        "public_id": response.public_id[:255],
        "model": response.model[:200] if response.model else None,
        "output": response.output,
        "error": response.error,
        "original_response": response.original_response,
    }
    said: dict[str, Any] = {
        "provider": response.provider[:100],
        "feature": response.feature[:100],
        "subfeature": response.subfeature[:100],
        "cost": _storable_cost(response.cost),
        "created_at": response.created_at,
    }
    # What the answer leaves out doesn't erase what is known.
    return mirrored | {name: value for name, value in said.items() if value not in (None, "")}


def _storable_cost(cost: Decimal | None) -> Decimal | None:
    """The cost as the column holds it; ``None`` where it is beyond all reason."""
    try:
        return None if cost is None else cost.quantize(_COST_UNIT, context=_COST_CONTEXT)
    except InvalidOperation:
        return None
