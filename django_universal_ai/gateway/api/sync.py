"""``/universal-ai``: ask for a job and wait for its end."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from ninja import Router

from ...contract import ModelId, SyncRequest, feature_of
from ...exceptions import JobTimeout
from ...models import UniversalAIJob
from ..conf import gateway_settings
from . import schemas, wire
from .auth import Request
from .creating import KeyHeader, create

router = Router(tags=["universal-ai"])


@router.post("", response={200: schemas.SyncJob, 202: schemas.RunningJob}, summary="Universal AI")
def universal_ai(
    request: Request, body: SyncRequest, idempotency_key: KeyHeader = None
) -> JsonResponse:
    """Ask for a job and wait for its result.

    A job that takes too long isn't stopped: the answer is then 202, with its id.
    """
    _refuse_async(body.model_id, request.path)
    created = create(request, body, idempotency_key)
    seconds = gateway_settings().SYNC_SECONDS
    job = created.job
    try:
        # Workers do the work, this thread only looks; the pauses grow to a second.
        job = job if job.is_finished else job.wait(seconds)
    except JobTimeout:
        return _runs_on(job, seconds, f"{request.path}/async/{job.pk}", created.headers)
    return JsonResponse(wire.sync_job(job), headers=created.headers)


def _refuse_async(model: ModelId, path: str) -> None:
    feature = feature_of(model)
    if feature is not None and feature.mode == "async":
        words = f"{feature.name} takes its time: POST the same to {path}/async."
        raise ValidationError({"model": [words]})


def _runs_on(
    job: UniversalAIJob, seconds: int, address: str, headers: dict[str, str]
) -> JsonResponse:
    """No error: clients repeat a request that failed, and would pay twice."""
    job.refresh_from_db()
    words = f"The job didn't end within {seconds} seconds. It runs on: GET {address} tells its end."
    answer = wire.job(job) | {"detail": words}
    return JsonResponse(answer, status=202, headers={**headers, "Location": address})
