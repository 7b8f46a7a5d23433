"""Jobs of sandbox tokens: checked like any other, done by nobody, billed to nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from .. import jobs
from ..contract import FEATURES, JobResponse, JobStatus, sample_output
from ..models import UniversalAIJob
from ..models.database import atomic


def submit(**request: Any) -> UniversalAIJob:
    """Like :func:`django_universal_ai.jobs.submit`, and the job ends at once in success.

    Every known feature can be asked for, of any provider: no backend has to offer it. All in one
    transaction: no worker ever sees it waiting, so none can send it to a service.
    """
    with atomic():
        job = jobs.submit(**request, metadata={"sandbox": True}, simulated=True)
        if _name(job) not in FEATURES:
            message = f"The sandbox doesn't know {_name(job)!r}. GET /v3/info lists what it knows."
            raise ValidationError({"model": [message]})
        # Where an idempotency key was used again, the job has its answer.
        jobs.end_unbegun(job, _answer(job))
    job.refresh_from_db()
    return job


def _name(job: UniversalAIJob) -> str:
    return f"{job.feature}/{job.subfeature}"


def _answer(job: UniversalAIJob) -> JobResponse:
    return JobResponse(
        public_id=str(job.pk),
        status=JobStatus.SUCCESS,
        cost=Decimal(0),
        provider=job.provider,
        feature=job.feature,
        subfeature=job.subfeature,
        model=job.model,
        output=sample_output(_name(job)),
        original_response={"sandbox": True} if job.show_original_response else None,
    )
