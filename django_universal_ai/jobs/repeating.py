"""Ending a job with the answer that another one got to the same request."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_noop

from ..backends import choose_backend
from ..contract import JobResponse, ModelId
from ..models import EventKind, JobEvent, Status, UniversalAIJob
from ..models.database import atomic
from .runs import end_unbegun


def is_repeatable(model: ModelId) -> bool:
    """Whether who does jobs of ``model`` says that the same request always gets the same answer."""
    return choose_backend(model).is_deterministic(model)


def repeat(job: UniversalAIJob, earlier: UniversalAIJob) -> None:
    """End a job that nobody has begun with the result of ``earlier``, at no cost.

    Call it in the transaction that made the job, so that no worker has seen it. Which job the
    result comes from is in ``metadata["answered_from"]`` and in an event.
    """
    source = str(earlier.pk)
    with atomic():
        end_unbegun(job, _answer(job, earlier))
        job.metadata = {**job.metadata, "answered_from": source}
        job.save(update_fields=["metadata"])
        JobEvent.objects.create(
            job=job,
            kind=EventKind.NOTICED,
            detail={"what": gettext_noop("answered from an earlier job"), "job": source},
        )


def _answer(job: UniversalAIJob, earlier: UniversalAIJob) -> JobResponse:
    return JobResponse(
        public_id=str(job.pk),
        status=Status.SUCCESS,
        cost=Decimal(0),
        provider=earlier.provider,
        feature=earlier.feature,
        subfeature=earlier.subfeature,
        model=earlier.model,
        output=earlier.output,
        original_response=earlier.original_response,
    )
