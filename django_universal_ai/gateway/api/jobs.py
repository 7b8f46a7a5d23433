"""``/universal-ai/async``: make jobs, look at them, delete them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, JsonResponse
from ninja import Query, Router

from ...contract import JobRequest, JobStatus
from ...models import Status, UniversalAIJob
from ...models.managers import JobQuerySet
from .. import tallies
from ..models import Token
from . import schemas, wire
from .auth import Request
from .creating import KeyHeader, create
from .paging import Page, Text

router = Router(tags=["universal-ai"])

#: Our states by the wire's words.
_STATES: dict[str, tuple[Status, ...]] = {
    JobStatus.PROCESSING: (
        Status.PENDING,
        Status.SUBMITTING,
        Status.UNCERTAIN,
        Status.PROCESSING,
    ),
    JobStatus.SUCCESS: (Status.SUCCESS,),
    JobStatus.FAIL: (Status.FAIL,),
}


class JobQuery(Page):
    """Which jobs are asked for."""

    feature: Text | None = None
    subfeature: Text | None = None
    status: str | None = None

    def filter(self, rows: JobQuerySet) -> JobQuerySet:
        equal = self.model_dump(include={"feature", "subfeature"}, exclude_none=True)
        rows = rows.filter(**equal)
        if self.status is None:
            return rows
        return rows.filter(status__in=_STATES.get(self.status, ()))

    def total(self, rows: JobQuerySet, token: Token) -> int:
        """How many ``rows`` there are: what :meth:`filter` gave."""
        status = self.status or ""
        if self.status is not None and status not in _STATES:
            return 0  # a word that no job has, and that no database may be able to look for
        kind = tallies.Kind(token.owner_id, self.feature or "", self.subfeature or "", status)
        return tallies.total(rows, kind)


def _visible(token: Token) -> JobQuerySet:
    """The jobs of the token's owner, however they were made."""
    rows: JobQuerySet = UniversalAIJob.objects.filter(
        owner=token.owner_id, gateway_deletion__isnull=True
    )
    return rows


def _find(rows: JobQuerySet, job_id: UUID) -> UniversalAIJob:
    try:
        return rows.get(pk=job_id)
    except UniversalAIJob.DoesNotExist:
        raise Http404("Job not found.") from None


@router.post("", response={202: schemas.Job}, summary="Create async job")
def create_async_job(
    request: Request, body: JobRequest, idempotency_key: KeyHeader = None
) -> JsonResponse:
    """Ask for a job; it is there at once, and its result later."""
    created = create(request, body, idempotency_key)
    return JsonResponse(wire.job(created.job), status=202, headers=created.headers)


@router.get("", response=schemas.Jobs, summary="List async jobs")
def list_async_jobs(request: Request, query: Query[JobQuery]) -> JsonResponse:
    """The owner's jobs, newest first, without their results."""
    rows = query.filter(_visible(request.auth)).only(*wire.LISTED)
    total = query.total(rows, request.auth)
    return JsonResponse(query.of(rows.order_by("-requested_at", "pk"), wire.listed_job, total))


@router.get("/{job_id}", response=schemas.Job, summary="Get async job")
def get_async_job(request: Request, job_id: UUID) -> JsonResponse:
    """A job's state, and its result once it ended."""
    return JsonResponse(wire.job(_find(_visible(request.auth).only(*wire.TOLD), job_id)))


@router.delete("/{job_id}", response=dict[str, Any], summary="Delete async job")
def delete_async_job(request: Request, job_id: UUID) -> JsonResponse:
    """Forget a job. It promises to stop neither its work nor its bill."""
    job = _find(_visible(request.auth).only("owner"), job_id)
    tallies.delete(job)
    return JsonResponse({"message": "Job deleted.", "public_id": str(job_id)})
