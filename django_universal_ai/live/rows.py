"""Reading jobs to show them: few columns, and what was asked again in place of what failed."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ..models import Status, UniversalAIJob
from ..models.managers import JobQuerySet

#: A job in these states may have been asked for again; people want to see how that goes.
FOLLOWED = (Status.FAIL, Status.UNCERTAIN)
#: Resubmissions of resubmissions that are followed.
MOST_STEPS = 20


def rows() -> JobQuerySet:
    """Jobs without the columns that may be large: they are read again and again."""
    return UniversalAIJob.objects.lean().defer("input", "error", "provider_params")


def newest(job: UniversalAIJob) -> UniversalAIJob:
    """The job itself, or what was asked for in its place after it failed."""
    return newest_of([job])[job.pk]


def newest_of(asked: Iterable[UniversalAIJob]) -> dict[UUID, UniversalAIJob]:
    """:func:`newest` of several, by the job asked for: no query where none has failed.

    Only what belongs to the same owner is followed: who may see a job may not see another's.
    """
    shown = {job.pk: job for job in asked}
    for _ in range(MOST_STEPS):
        failed = {job.pk: first for first, job in shown.items() if job.status in FOLLOWED}
        again = rows().filter(parent__in=failed).order_by("requested_at") if failed else ()
        is_followed = False
        for job in again:
            first = failed[job.parent_id]  # type: ignore[index]  # the query asked for parents
            if shown[first].owner_id == job.owner_id:
                shown[first], is_followed = job, True
        if not is_followed:
            break
    return shown
