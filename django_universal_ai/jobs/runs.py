"""The moves of a job that a provider does here."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ..contract import JobResponse
from ..models import EventKind, Status, UniversalAIJob
from ..models.database import from_now, retrying
from . import prices
from .falling_back import Failure, end, fail_over, in_turn, taken_over
from .writer import LEASE_ENDED, ONE_MORE_ATTEMPT, WAITING, Won, move

#: Seconds that a worker may be silent about a run before it counts as lost.
RUN_LEASE = 30.0


def begin_run(job: UniversalAIJob, *, most_attempts: int) -> uuid.UUID | None:
    """Take a job that a provider in this process does. ``None`` where another has it.

    A run whose worker was lost is begun again, ``most_attempts`` times in all; then it fails.
    """
    my_turn = in_turn(job)
    lost = Q(status=Status.PROCESSING, attempts__gte=most_attempts) & LEASE_ENDED & my_turn
    message = f"The worker was lost {most_attempts} times while it did this job."
    if fail_over(job, lost, Failure(message), {"type": "worker_lost", "message": message}):
        return None
    lease = uuid.uuid4()
    now = timezone.now()
    run: dict[str, Any] = {
        "status": Status.PROCESSING,
        "lease_owner": lease,
        "lease_until": from_now(RUN_LEASE),
        "due_at": from_now(RUN_LEASE),
        "attempts": ONE_MORE_ATTEMPT,
        "polls": 0,
        "progress": None,
        "note": "",
    }
    first = {**run, "public_id": str(job.pk), "submitted_at": now, "created_at": now}
    first["cost"] = job.spent
    if move(job, WAITING & my_turn, [taken_over(job, public_id=str(job.pk))], **first):
        return lease
    again = Q(status=Status.PROCESSING) & LEASE_ENDED & my_turn
    return lease if move(job, again, [(EventKind.RESTARTED, {})], **run) else None


def end_unbegun(job: UniversalAIJob, response: JobResponse) -> bool:
    """End a job with an answer that is there already: nobody has to run it.

    Call it in the transaction that made the job, so that no worker has seen it. ``False`` where it
    had been begun, or has ended.
    """
    lease = begin_run(job, most_attempts=1)
    return lease is not None and bool(finish_run(job, lease, response))


@retrying
def renew(job: UniversalAIJob, lease: uuid.UUID, progress: float | None) -> bool:
    """The run goes on. ``False`` where it isn't ours any more: its result will not count."""
    changes: dict[str, Any] = {} if progress is None else {"progress": progress}
    row = UniversalAIJob.objects.filter(pk=job.pk, status=Status.PROCESSING, lease_owner=lease)
    return bool(row.update(lease_until=from_now(RUN_LEASE), due_at=from_now(RUN_LEASE), **changes))


def finish_run(job: UniversalAIJob, lease: uuid.UUID, response: JobResponse) -> Won:
    """The run ended, and costs what the host's prices say.

    ``False`` where it had been given to another in the meantime.
    """
    mine = Q(status=Status.PROCESSING, lease_owner=lease)
    return end(job, mine, prices.priced(job, response), {}, [])
