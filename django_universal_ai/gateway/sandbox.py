"""Jobs of sandbox tokens: checked like any other, done by nobody, billed to nobody."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, cast

from .. import jobs
from ..contract import JobResponse, JobStatus, sample_output
from ..models import UniversalAIJob
from ..models.database import atomic


def submit(**request: Any) -> UniversalAIJob:
    """Like :func:`django_universal_ai.jobs.submit`, and the job ends at once in success.

    All in one transaction: no worker ever sees it waiting, so none can send it to a service.
    """
    with atomic():
        job = jobs.submit(**request, metadata={"sandbox": True})
        # It can't be another's lease: nobody else knows of this row yet.
        lease = cast("uuid.UUID", jobs.begin_run(job, most_attempts=1))
        jobs.finish_run(job, lease, _answer(job))
    job.refresh_from_db()
    return job


def _answer(job: UniversalAIJob) -> JobResponse:
    return JobResponse(
        public_id=str(job.pk),
        status=JobStatus.SUCCESS,
        cost=Decimal(0),
        provider=job.provider,
        feature=job.feature,
        subfeature=job.subfeature,
        model=job.model,
        output=sample_output(f"{job.feature}/{job.subfeature}"),
        original_response={"sandbox": True} if job.show_original_response else None,
    )
