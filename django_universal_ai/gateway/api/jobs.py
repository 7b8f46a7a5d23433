"""``/universal-ai/async``: make jobs, look at them, delete them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, When
from django.http import Http404, JsonResponse
from ninja import Query, Router

from ...contract import JobRequest, JobStatus
from ...models import Status, UniversalAIJob
from ...models.job import UNFINISHED
from ...models.managers import JobQuerySet
from ...models.statements import find_row
from .. import tallies
from ..models import DeletedJob, Token
from . import schemas, wire
from .auth import Request
from .creating import KeyHeader, create
from .paging import Page, Text

router = Router(tags=["universal-ai"])

#: Our states by the wire's words.
_STATES: dict[str, tuple[Status, ...]] = {
    JobStatus.PROCESSING: UNFINISHED,
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
        is_unknown = self.status is not None and status not in _STATES
        if is_unknown or "" in (self.feature, self.subfeature):
            return 0  # a word that no job has, and that no database may be able to look for
        kind = tallies.Kind(token.owner_id, self.feature or "", self.subfeature or "", status)
        return tallies.total(rows, kind)


def _known(id: UUID, owner: int) -> JobQuerySet:
    """A job of the owner's that no client has deleted, however it was made.

    Written so that no database can take another way than that of the primary key, whatever it
    thinks of its tables: not a join, nor the index of the owner's jobs, which may be a million.
    """
    is_mine = Case(When(owner=owner, then=True), default=False)
    is_deleted = Exists(DeletedJob.objects.filter(job=id))
    rows: JobQuerySet = UniversalAIJob.objects.filter(is_mine, ~is_deleted, id=id)
    return rows.only("owner", *wire.TOLD)


def _find(token: Token, job_id: UUID) -> UniversalAIJob:
    """A job of the token's owner."""
    job = find_row(_known, UniversalAIJob, id=job_id, owner=token.owner_id)
    if job is None:
        raise Http404("Job not found.")
    return job


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
    mine = UniversalAIJob.objects.filter(owner=request.auth.owner_id, gateway_deletion=None)
    rows = query.filter(mine).only(*wire.LISTED)
    total = query.total(rows, request.auth)
    return JsonResponse(query.of(rows.order_by("-requested_at", "pk"), wire.listed_job, total))


@router.get("/{job_id}", response=schemas.Job, summary="Get async job")
def get_async_job(request: Request, job_id: UUID) -> JsonResponse:
    """A job's state, and its result once it ended."""
    return JsonResponse(wire.job(_find(request.auth, job_id)))


@router.delete("/{job_id}", response=dict[str, Any], summary="Delete async job")
def delete_async_job(request: Request, job_id: UUID) -> JsonResponse:
    """Forget a job. It promises to stop neither its work nor its bill."""
    tallies.delete(_find(request.auth, job_id))
    return JsonResponse({"message": "Job deleted.", "public_id": str(job_id)})
