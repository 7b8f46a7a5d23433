"""Telling of changes of a job's status: to logs, metrics and traces, through a signal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from django.db.models import Q

from ..models import UniversalAIJob
from ..models.database import on_commit
from ..signals import StatusChange, status_changed


def befores(when: Q) -> Iterator[tuple[str, Q]]:
    """From which status a row may come, each with the condition for it.

    An UPDATE doesn't tell what it replaced. So where several are possible, they are tried one by
    one, in their order; the last try is ``when`` itself, so that what wins is as if it was alone.
    """
    *others, last = _possible(when) or ("",)
    for status in others:
        yield status, Q(status=status) & when
    yield last, when


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


def change_of(job: UniversalAIJob, before: str | None, changes: dict[str, Any]) -> StatusChange:
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
