"""Telling of changes of a job's status: to logs, metrics and traces, through a signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db.models import Q

from ..models import UniversalAIJob
from ..models.database import on_commit
from ..signals import StatusChange, status_changed


def before(job: UniversalAIJob, when: Q) -> str:
    """The status of a row that ``when`` let through.

    An UPDATE doesn't tell what it replaced. Where several were possible, it is the one that the job
    had when it was read.
    """
    possible = _possible(when)
    return job.status if not possible or job.status in possible else possible[0]


def _possible(when: Q) -> tuple[str, ...]:
    """The statuses that a condition names, which is a conjunction: every move of ours is one."""
    for child in when.children:
        if isinstance(child, Q):
            if child.connector == Q.AND and not child.negated and (found := _possible(child)):
                return found
        elif child[0] == "status":  # type: ignore[index]  # a pair, where it is no expression
            return (str(child[1]),)  # type: ignore[index]  # as above
        elif child[0] == "status__in":  # type: ignore[index]  # as above
            return tuple(map(str, child[1]))  # type: ignore[index]  # as above
    return ()


def change_of(job: UniversalAIJob, before: str | None, changes: Mapping[str, Any]) -> StatusChange:
    """What is told of a row of which ``changes`` were written."""
    return StatusChange(
        job_id=job.pk,
        before=before,
        after=str(changes["status"]),
        backend=changes.get("backend", job.backend),
        model=job.requested_model,
        feature=changes.get("feature", job.feature),
        subfeature=changes.get("subfeature", job.subfeature),
        provider=changes.get("provider", job.provider),
        requested_at=job.requested_at,
        traceparent=job.traceparent,
    )


def tell_of_new(jobs: Iterable[UniversalAIJob]) -> None:
    """These rows were just made."""
    tell([change_of(job, None, {"status": job.status}) for job in jobs])


def tell(changes: list[StatusChange]) -> None:
    """Send the signal for each, once they are committed."""
    if changes:
        on_commit(partial(_send, changes))


def _send(changes: list[StatusChange]) -> None:
    for change in changes:
        status_changed.send_robust(UniversalAIJob, change=change)  # Django logs what they raise
