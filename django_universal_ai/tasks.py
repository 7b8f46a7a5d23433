"""Celery tasks: thin, safe to call twice, late, or never.

They only wake the engine sooner. The rows say what is to be done, so no result, no retry and no
countdown is needed, and a lost message costs seconds.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import Task, shared_task

from . import engine, outbox
from .backends import backends
from .models import UniversalAIJob
from .worker import NO_LIMIT

#: The project's time limits are for its own tasks: they would stop ours in the middle of a request
#: that is paid for. Requests, and runs of a provider, have time limits of their own.
_OPTIONS: dict[str, Any] = {
    "ignore_result": True,
    "time_limit": NO_LIMIT,
    "soft_time_limit": NO_LIMIT,
}


@shared_task(name="django_universal_ai.tasks.submit_job", **_OPTIONS)
def submit_job(job_id: str) -> None:
    """Send one job, or run it if its provider works here; a job that is past that stays as it is.

    ``job_id`` is the row's UUID as a string; an unknown one is no error, for the row may be gone.
    """
    if job := _find(job_id):
        engine.run(job) if backends[job.backend].runs_here else engine.send(job)
        outbox.deliver_due(job)


@shared_task(name="django_universal_ai.tasks.poll_job", **_OPTIONS)
def poll_job(job_id: str) -> None:
    """Look at one job at the service now, if it is at work there."""
    if job := _find(job_id):
        engine.look(job)
        outbox.deliver_due(job)


@shared_task(name="django_universal_ai.tasks.apply_webhook", **_OPTIONS)
def apply_webhook(receipt_id: str) -> None:
    """Act on one webhook of the inbox, if it is due. ``receipt_id`` is the row's id as a string."""
    if receipt_id.isdecimal() and (job := engine.apply_receipt(int(receipt_id))):
        outbox.deliver_due(job)


@shared_task(name="django_universal_ai.tasks.advance_jobs", **_OPTIONS, bind=True)
def advance_jobs(self: Task[Any, Any]) -> int:
    """Move whatever is due; ends after about 30 s. Returns how many steps were made.

    Called as a plain function, without a worker, it also runs offline providers itself.
    """
    return engine.advance(here=self.request.called_directly)


def _find(job_id: str) -> UniversalAIJob | None:
    try:
        return UniversalAIJob.objects.filter(pk=UUID(job_id)).first()
    except ValueError:
        return None
