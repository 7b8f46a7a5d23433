"""The moves of a job from state to state.

Each says whether it won: another process may have been faster, or the row may be past it.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..backends import backends
from ..contract import JobResponse, JobStatus
from ..models import EventKind, Status, UniversalAIJob
from ..models.database import NOW, from_now, retrying
from .falling_back import Failure, are_failed, end, fail_over, in_turn, taken_over
from .writer import (
    COST_PAUSE,
    LEASE_ENDED,
    LONG_COST_PAUSE,
    NO_LEASE,
    ONE_MORE_ATTEMPT,
    WAITING,
    Won,
    fail,
    finished,
    is_taken,
    mirror,
    move,
    price,
    store,
    to_uncertain,
    whole_cost,
)

# The most likely one first: see telling.py.
_ON_THE_WAY = (Status.SUBMITTING, Status.UNCERTAIN)
_NOT_TAKEN_OVER = (*_ON_THE_WAY, Status.PENDING)
# Expressions are kept, not made anew: see models/statements.py.
_ONE_MORE_LOOK = F("polls") + 1
_POSTED_AT = Coalesce("posted_at", NOW)
_MISSING_SINCE = Coalesce("missing_since", NOW)
#: The service has just said that it has the job, and is at work on it.
_AT_WORK: dict[str, Any] = {
    "seen_at": NOW,
    "unlisted_at": None,
    "missing_since": None,
    "polls": _ONE_MORE_LOOK,
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to send one job, once."""

    lease: uuid.UUID
    #: Goes out with the request and comes back in its webhook; the row keeps only its hash.
    token: str = field(repr=False)


# ------------------------------------------------------------------------------------- sending


def hold(job: UniversalAIJob, *, seconds: float) -> uuid.UUID | None:
    """Keep a ``pending`` job to ourselves while its files are uploaded; nothing is paid yet.

    It counts as an attempt, so that uploads which fail are tried again ever more rarely.
    """
    lease = uuid.uuid4()
    held = move(
        job,
        WAITING & in_turn(job),
        lease_owner=lease,
        lease_until=from_now(seconds),
        attempts=ONE_MORE_ATTEMPT,
    )
    return lease if held else None


@retrying
def set_aside(ids: Iterable[uuid.UUID], *, seconds: float) -> None:
    """These jobs wait for somebody who will send them; others leave them alone for so long."""
    if chosen := list(ids):
        waiting = UniversalAIJob.objects.filter(pk__in=chosen, status=Status.PENDING)
        waiting.update(due_at=from_now(seconds))


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
    won = move(
        job,
        Q(status=Status.PENDING, lease_owner=held) if held else WAITING & in_turn(job),
        status=Status.SUBMITTING,
        lease_owner=ticket.lease,
        lease_until=from_now(seconds),
        due_at=from_now(seconds),
        posted_at=NOW,
        attempts=F("attempts") if held else ONE_MORE_ATTEMPT,
        token_hash=hash_token(ticket.token),
        note="",
    )
    return ticket if won or _has_lease(job, ticket.lease) else None


@retrying
def _has_lease(job: UniversalAIJob, lease: uuid.UUID) -> bool:
    """Whether a claim was ours after all: its commit may have lost its reply, and was retried."""
    return UniversalAIJob.objects.filter(pk=job.pk, lease_owner=lease).exists()


def hash_token(token: str) -> str:
    """How a submission's secret token is kept: SHA-256, as hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def accept(job: UniversalAIJob, lease: uuid.UUID, response: JobResponse, *, look_in: float) -> Won:
    """The service took the job over, and may have finished it at once.

    An ``uncertain`` row takes the answer too: it came late, but it came.
    """
    mine = Q(status__in=_ON_THE_WAY, lease_owner=lease)
    taken: dict[str, Any] = {"submitted_at": timezone.now()}
    events = [taken_over(job, public_id=response.public_id)]
    if not response.is_terminal:
        taken |= {"status": Status.PROCESSING, "due_at": from_now(look_in), "note": "", **NO_LEASE}
        return store(job, mine, taken | mirror(job, response), events)
    return end(job, mine, response, taken, events)


def defer(job: UniversalAIJob, lease: uuid.UUID, reason: str, *, seconds: float) -> Won:
    """The service certainly didn't take it: back to ``pending``, to be sent again later.

    Also a row that became ``uncertain`` in the meantime: its sender knows. The same reason again
    leaves no second trace.
    """
    news = [(EventKind.DEFERRED, {"reason": reason, "seconds": round(seconds, 1)})]
    return move(
        job,
        Q(status__in=_NOT_TAKEN_OVER, lease_owner=lease),
        news if reason and reason[:500] != job.note else [],
        status=Status.PENDING,
        due_at=from_now(seconds),
        note=reason[:500],
        token_hash="",
        **NO_LEASE,
    )


def refuse(job: UniversalAIJob, lease: uuid.UUID, error: dict[str, Any]) -> Won:
    """The service refused the job, or one of its files, for good: its fallback is next."""
    mine = Q(status__in=_NOT_TAKEN_OVER, lease_owner=lease)
    return fail_over(job, mine, Failure(str(error.get("message", "")), was_tried=False), error)


def abandon(job: UniversalAIJob, lease: uuid.UUID, error: dict[str, Any]) -> Won:
    """It can't be sent to anybody: a file of it is gone, for one."""
    mine = Q(status__in=_NOT_TAKEN_OVER, lease_owner=lease)
    return fail(job, mine, error)


def lose(job: UniversalAIJob, lease: uuid.UUID, reason: str) -> Won:
    """Nobody can tell whether the service took it: never sent again by itself."""
    mine = Q(status=Status.SUBMITTING, lease_owner=lease)
    return to_uncertain(job, mine, reason)


def reap() -> int:
    """Jobs whose sender was lost on the wire become ``uncertain``. Returns how many."""
    lost = Q(status=Status.SUBMITTING) & LEASE_ENDED
    reason = "The worker was lost while it was sending this job."
    found = UniversalAIJob.objects.filter(lost).lean()[:1000]
    return sum(bool(to_uncertain(job, lost, reason)) for job in list(found))


def adopt(job: UniversalAIJob, response: JobResponse, *, look_in: float) -> Won:
    """The job's id at the service was found: an uncertain job goes on with the answer of a GET.

    ``False`` where the row isn't uncertain any more, or the id is another row's, or that of a
    candidate which failed.
    """
    lost = Q(status__in=_ON_THE_WAY) & in_turn(job)
    taken: dict[str, Any] = {"submitted_at": _POSTED_AT, **NO_LEASE}
    public_id = response.public_id
    if is_taken(job, public_id) or are_failed([public_id]):
        return False
    events = [taken_over(job, public_id=public_id, found=True)]
    if response.is_terminal:
        return end(job, lost, response, taken, events)
    taken |= {"status": Status.PROCESSING, "due_at": from_now(look_in), "note": ""}
    return store(job, lost, taken | mirror(job, response), events)


def give_up(job: UniversalAIJob, reason: str) -> Won:
    """A person says that an uncertain job won't come back: it fails, whatever was billed."""
    lost = Q(status=Status.UNCERTAIN) & in_turn(job)
    return fail(job, lost, {"type": "given_up", "message": reason})


def postpone(ids: Iterable[uuid.UUID], *, seconds: float, note: str | None = None) -> None:
    """Look at these unfinished jobs later, and say why."""
    changes: dict[str, Any] = {"due_at": from_now(seconds)}
    if note is not None:
        changes["note"] = note[:500]
    if chosen := list(ids):
        UniversalAIJob.objects.filter(pk__in=chosen).unfinished().update(**changes)


def put_off(job: UniversalAIJob, *, look_in: float) -> None:
    """Something was tried that didn't move it yet; the count makes the next pause longer."""
    UniversalAIJob.objects.filter(pk=job.pk).unfinished().update(
        due_at=from_now(look_in), polls=_ONE_MORE_LOOK
    )


# ------------------------------------------------------------------------------------ watching


def observe(
    job: UniversalAIJob, response: JobResponse, *, look_in: float, unasked: bool = False
) -> Won:
    """What the service says of a job that it has. Says whether the job ended with it.

    So does a candidate's turn that a fallback follows. ``unasked``: it said so by itself, right
    when it happened.
    """
    open_ = Q(status__in=(Status.PROCESSING, Status.UNCERTAIN)) & in_turn(job)
    if response.is_terminal:
        more: dict[str, Any] = {"polls": _ONE_MORE_LOOK}
        if unasked:
            more["seen_at"] = NOW
        if response.cost is None and (job.cost or 0) <= job.spent:
            # A webhook tells no cost, and the 202's "0.000" wasn't the price: asked for later.
            asks = backends[job.backend].fetches_costs
            more |= {
                "cost": None if asks else _at_least(job),
                "due_at": from_now(COST_PAUSE) if asks else None,
            }
        return end(job, open_, response, more, [])
    unknown = response.status != JobStatus.PROCESSING
    move(
        job,
        Q(status=Status.PROCESSING),
        due_at=from_now(look_in),
        **_AT_WORK,
        note=f"The service calls it {response.status!r}."[:500] if unknown else "",
    )
    return False


def fill_cost(job: UniversalAIJob, cost: Decimal | None) -> Won:
    """The one thing that may still come after the end, once: a cost that wasn't told with it."""
    told = whole_cost(job, cost)
    return price(job.pk, {"cost": _at_least(job) if told is None else told, "due_at": None})


def _at_least(job: UniversalAIJob) -> Decimal | None:
    """What is known of a cost that nobody tells: the candidates that failed before."""
    return job.spent or None


def wait_for_cost(job: UniversalAIJob) -> None:
    """The service couldn't be asked for the cost: once more, later."""
    row = UniversalAIJob.objects.finished().filter(pk=job.pk, cost=None)
    row.update(due_at=from_now(LONG_COST_PAUSE))


def ask_cost_again(ids: Iterable[uuid.UUID]) -> None:
    """There was no time to ask for the cost of these."""
    if chosen := list(ids):
        finished().filter(pk__in=chosen, cost=None).update(due_at=NOW)


def leave_costs(backend: str) -> None:
    """Nobody wants to know the costs that are still missing."""
    left = finished().filter(backend=backend, cost=None, due_at__isnull=False)
    for job in left.filter(spent__gt=0).lean():
        fill_cost(job, None)
    left.update(due_at=None)


def seen(ids: Iterable[uuid.UUID], *, look_in: float) -> None:
    """The service's list says that these are still at work."""
    UniversalAIJob.objects.filter(pk__in=list(ids), status=Status.PROCESSING).update(
        due_at=from_now(look_in), **_AT_WORK
    )


def unlisted(ids: Iterable[uuid.UUID]) -> None:
    """The service's list leaves these out: they have probably ended, and are looked at next."""
    UniversalAIJob.objects.filter(pk__in=list(ids), status=Status.PROCESSING).update(
        due_at=NOW, unlisted_at=NOW
    )


def miss(
    job: UniversalAIJob, reason: str, *, look_in: float, patience: float, kind: str = "missing"
) -> bool:
    """The service doesn't know the job, or tells of it what nobody can read (``kind``).

    Fails the job once that was so for ``patience`` seconds.
    """
    for_long = Q(status=Status.PROCESSING, missing_since__lte=from_now(-patience))
    for_long &= in_turn(job)
    if fail(job, for_long, {"type": kind, "message": reason}):
        return True
    move(
        job,
        Q(status=Status.PROCESSING),
        due_at=from_now(look_in),
        polls=_ONE_MORE_LOOK,
        missing_since=_MISSING_SINCE,
        note=reason[:500],
    )
    return False


def expire(job: UniversalAIJob, *, seconds: float) -> Won:
    """Fail a job that is at work for longer than ``seconds``."""
    too_old = Q(status=Status.PROCESSING, submitted_at__lte=from_now(-seconds)) & in_turn(job)
    message = f"The service didn't finish this job within {seconds / 86400:g} days."
    return fail(job, too_old, {"type": "timeout", "message": message})
