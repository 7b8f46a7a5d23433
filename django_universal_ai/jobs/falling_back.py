"""From a candidate that failed to the next one: the job ends only with the last.

One candidate at a time, and the next one only after the one before has failed for certain: what is
``uncertain``, missing or overdue may still be at work, and is never followed by another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from .. import waking
from ..backends import backends
from ..contract import JobResponse, JobStatus
from ..exceptions import InvalidInput
from ..models import EventKind, JobEvent, Status, UniversalAIJob
from ..models.database import NOW, on_commit, retrying
from .writer import NO_LEASE, Won, fail, finish, move, storable_cost

#: A service keeps a job no longer.
KEPT_THERE = timedelta(days=8)

Event = tuple[EventKind, dict[str, Any]]

#: What one candidate left in the row, and the next one must not inherit.
_AFRESH: dict[str, Any] = {
    **NO_LEASE,
    "status": Status.PENDING,
    "due_at": NOW,
    "public_id": None,
    "created_at": None,
    "submitted_at": None,
    "posted_at": None,
    "seen_at": None,
    "unlisted_at": None,
    "missing_since": None,
    "progress": None,
    "attempts": 0,
    "polls": 0,
    "token_hash": "",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """How a candidate failed."""

    reason: str
    public_id: str | None = None
    #: Who it was, where the service's own fallbacks had their turn.
    provider: str = ""
    cost: Decimal = Decimal(0)
    #: Whether what went out with it was tried, too. A service that refuses has tried nobody.
    was_tried: bool = True

    @classmethod
    def told_by(cls, job: UniversalAIJob, response: JobResponse) -> Failure:
        """What a service, or a provider here, said of its end."""
        message = (response.error or {}).get("message")
        cost = response.cost
        if cost is None:  # what was known of it before
            cost = max((job.cost or Decimal(0)) - job.spent, Decimal(0))
        reason = message if isinstance(message, str) else "It told no reason."
        return cls(reason, response.public_id, response.provider, cost)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is after a failure."""

    #: Its place among the candidates; ``None`` where nobody is left.
    place: int | None = None
    #: Of fallbacks that were passed over.
    events: list[Event] = field(default_factory=list)


def in_turn(job: UniversalAIJob) -> Q:
    """The row is still at the candidate at which ``job`` was read.

    Without it, what is known of one candidate could be taken for the next one's: its failure, or
    the right to send it.
    """
    return Q(candidate=job.candidate)


def has_fallback(job: UniversalAIJob) -> bool:
    """Whether somebody is left who may be asked when the candidate at work fails."""
    return bool(job.fallbacks) and _first_after(job, was_tried=True) <= len(job.fallbacks)


def next_turn(job: UniversalAIJob, *, was_tried: bool) -> Turn:
    """Who is asked next: what can't be asked any more is passed over, and an event says why."""
    passed_over: list[Event] = []
    if job.fallbacks:
        every = job.candidates
        for place in range(_first_after(job, was_tried=was_tried), len(every)):
            problem = _problem(job, place)
            if problem is None:
                return Turn(place, passed_over)
            what = f"The fallback {every[place].model} was passed over."
            passed_over.append((EventKind.NOTICED, {"what": what, "reason": problem}))
    return Turn(None, passed_over)


def _first_after(job: UniversalAIJob, *, was_tried: bool) -> int:
    mine = job.candidates[job.candidate]
    asked_alone = not was_tried or not backends[job.backend].is_service
    return job.candidate + 1 + (0 if asked_alone else mine.along)


def _problem(job: UniversalAIJob, place: int) -> str | None:
    """Why it can't be asked: it could when the job was asked for."""
    try:
        backends[job.candidates[place].backend].validate(job.request_to(place))
    except InvalidInput as error:
        return error.message
    return None


def end(
    job: UniversalAIJob,
    when: Q,
    response: JobResponse,
    more: dict[str, Any],
    events: list[Event],
) -> Won:
    """A candidate ended: the job with it, unless it failed and has a fallback."""
    if response.status != JobStatus.SUCCESS:
        turn = next_turn(job, was_tried=True)
        events = [*events, *turn.events]
        if turn.place is not None:
            return fall_back(job, when, turn.place, Failure.told_by(job, response), events)
    return finish(job, when, response, more, events)


def fail_over(job: UniversalAIJob, when: Q, failure: Failure, error: dict[str, Any]) -> Won:
    """A candidate failed without an answer that could be stored: the next one, or the end."""
    turn = next_turn(job, was_tried=failure.was_tried)
    if turn.place is None:
        return fail(job, when, error, turn.events)
    return fall_back(job, when, turn.place, failure, turn.events)


def fall_back(
    job: UniversalAIJob, when: Q, place: int, failure: Failure, events: list[Event]
) -> Won:
    """The candidate at ``place`` takes the failed one's: the job is ``pending`` again, and due.

    What was paid is kept; nothing else of the one before is.
    """
    successor = job.candidates[place]
    spent = storable_cost(job.spent + failure.cost) or job.spent
    reason = _storable(failure.reason)
    detail: dict[str, Any] = {
        "reason": reason,
        "candidate": job.candidate,
        "provider": _storable(failure.provider or job.provider),
    }
    if failure.public_id:
        detail["public_id"] = _storable(failure.public_id)
    if failure.cost:
        detail["cost"] = f"{failure.cost.normalize():f}"
    detail["next"] = str(successor.model)
    changes = {
        **_AFRESH,
        "candidate": place,
        "backend": successor.backend,
        "provider": successor.model.provider,
        "model": successor.model.model,
        "spent": spent,
        "cost": spent or None,
        "note": reason,
    }
    won = move(job, when, [*events, (EventKind.FELL_BACK, detail)], **changes)
    if won:
        on_commit(partial(waking.submit, job.pk, backends[successor.backend].queue))
    return won


def _storable(text: str) -> str:
    """In what every database takes, and no longer than a line of the admin."""
    return text.encode(errors="replace").decode().replace("\x00", "")[:500]


def taken_over(job: UniversalAIJob, **detail: Any) -> Event:
    """Somebody took the job over: its signal is sent for the first one, and no other."""
    if job.candidate and _was_told(job):
        return EventKind.NOTICED, {"what": gettext_noop("taken over by a fallback"), **detail}
    return EventKind.SUBMITTED, detail


@retrying
def _was_told(job: UniversalAIJob) -> bool:
    return JobEvent.objects.filter(job=job, kind=EventKind.SUBMITTED).exists()


def are_failed(public_ids: list[str]) -> set[str]:
    """Those of these ids at a service under which a job of ours failed, and went on elsewhere."""
    events = JobEvent.objects.filter(
        at__gt=timezone.now() - KEPT_THERE,
        kind=EventKind.FELL_BACK,
        detail__public_id__in=public_ids,
    )
    return set(events.values_list("detail__public_id", flat=True))
