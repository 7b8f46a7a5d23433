"""What a person asks of one job, right now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus

from django.utils.translation import gettext_noop

from .. import limits, outbox, telemetry, waking
from ..backends import backends
from ..contract import JobResponse
from ..exceptions import BackendError, JobConflict, NotFound, OutcomeUnknown
from ..models import EventKind, JobEvent, UniversalAIJob
from ..models.database import in_transaction, on_commit
from . import moves
from .writer import Won

#: Seconds until the next look after one that a person asked for.
_LOOK_AGAIN = 5.0
#: Seconds that the service may not know a job before it counts as gone.
MISSING_PATIENCE = 600.0
#: Written as it is; the admin translates it.
_DELETED = gettext_noop("deleted at the service")


def refresh(job: UniversalAIJob) -> UniversalAIJob:
    """Ask the service for the job's state now, store it, deliver its signals; returns ``job``.

    A finished job isn't asked for. A job that isn't sent yet, that runs in a worker here, or whose
    row is part of an open transaction is only made due: a worker looks at it next.

    Raises :class:`~django_universal_ai.exceptions.BackendError` where the service can't be asked,
    :class:`~django_universal_ai.exceptions.InvalidInput` where the job's backend has left the
    settings; nothing is lost then.
    """
    if not job.is_finished:
        backend = backends[job.backend]
        if in_transaction() or not job.public_id or not backend.can_get:
            moves.postpone([job.pk], seconds=0)
            on_commit(partial(waking.submit, job.pk, backend.queue))
        else:
            look(job)
            outbox.deliver_due(job)
    job.refresh_from_db()
    return job


def look(job: UniversalAIJob, *, look_in: float = _LOOK_AGAIN) -> bool:
    """One GET for one job. Says whether the job ended with it."""
    backend = backends[job.backend]
    answer: JobResponse | BackendError
    turn = limits.take_one(backend)
    try:
        with limits.minded(backend, turn), telemetry.span("look", job):
            answer = backend.get(job.public_id or "")
    except BackendError as error:
        answer = error
    return bool(hear(job, answer, look_in=look_in))


def hear(job: UniversalAIJob, answer: JobResponse | BackendError, *, look_in: float) -> Won:
    """Store the answer to a GET for the job. Says whether the job ended with it.

    An id that the service doesn't know, or an answer that can't be read, may be a hiccup: only
    when it stays so does the job fail. Any other ``BackendError`` is raised.
    """
    if isinstance(answer, NotFound):
        kind, reason = "missing", str(answer)
    elif isinstance(answer, OutcomeUnknown) and answer.status_code == HTTPStatus.OK:
        kind, reason = "unreadable", str(answer)
    elif isinstance(answer, BackendError):
        raise answer
    elif answer.public_id == job.public_id:
        return moves.observe(job, answer, look_in=look_in)
    else:
        kind, reason = "unreadable", f"The service told of another job: {answer.public_id}."
    return moves.miss(job, reason, look_in=look_in, patience=MISSING_PATIENCE, kind=kind)


def delete_remote(job: UniversalAIJob) -> None:
    """Delete the job and its results at the service; the row here stays.

    It doesn't promise to stop the work or the bill. A job that the service no longer has counts
    as deleted. Raises :class:`~django_universal_ai.exceptions.JobConflict` for a job that was
    never sent or a backend that can't delete, ``BackendError`` where the service refuses,
    ``InvalidInput`` where the job's backend has left the settings.
    """
    backend = backends[job.backend]
    if not backend.can_delete:
        raise JobConflict(f"The backend {backend.alias!r} keeps nothing that could be deleted.")
    if not job.public_id:
        raise JobConflict("This job has no id at the service, so nothing can be deleted there.")
    try:
        with limits.minded(backend, limits.take_one(backend)):
            backend.delete(job.public_id)
    except NotFound:
        pass
    # Under one id: two who delete it at once leave one trace.
    JobEvent.objects.get_or_create(
        pk=uuid.uuid5(job.pk, job.public_id),
        defaults={"job": job, "kind": EventKind.NOTICED, "detail": {"what": _DELETED}},
    )


def deleted_remotely(jobs: Iterable[UniversalAIJob]) -> set[uuid.UUID]:
    """The ids of those of the jobs that :func:`delete_remote` has deleted. One query."""
    traces = {uuid.uuid5(job.pk, job.public_id): job.pk for job in jobs if job.public_id}
    found = JobEvent.objects.filter(pk__in=list(traces)).values_list("pk", flat=True)
    return {traces[pk] for pk in found}
