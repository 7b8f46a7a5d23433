"""Answers from earlier jobs, where a provider answers the same with the same.

Off by default: ``UNIVERSAL_AI_GATEWAY = {"CACHE_SECONDS": 86400}`` turns it on. Only a provider
that says ``deterministic = True`` is answered for, only to the owner of the earlier job, and only
where model string, input and parameters are equal; files are equal by their content.

It belongs to the gateway, not to :mod:`django_universal_ai.jobs`: a host that calls ``submit``
means a new job, a client that repeats a request means its answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from .. import jobs
from ..contract import ModelId, file_fields
from ..models import Status, UniversalAIFile, UniversalAIJob
from ..models.database import atomic
from .conf import gateway_settings
from .models import Answer

_CHUNK = 1 << 20
#: What makes two requests the same, beside owner, input and files.
_COMPARED = ("model", "provider_params", "show_original_response")


def submit(**request: Any) -> UniversalAIJob:
    """Like :func:`django_universal_ai.jobs.submit`; a job whose answer is known ends at once.

    All in one transaction: no worker ever sees such a job waiting.
    """
    seconds = gateway_settings().CACHE_SECONDS
    # Before the transaction: reading files takes its time.
    fingerprint = None if seconds is None else _fingerprint(request)
    if seconds is None or fingerprint is None:
        return jobs.submit(**request)
    with atomic():
        job = jobs.submit(**request)
        earlier = _find(job, fingerprint, seconds)
        if earlier is None:
            Answer.objects.create(job=job, fingerprint=fingerprint)
        else:
            jobs.repeat(job, earlier)
    if earlier is not None:
        job.refresh_from_db()
    return job


def _find(job: UniversalAIJob, fingerprint: str, seconds: int) -> UniversalAIJob | None:
    """The newest job that asked for the same and that its own provider has done."""
    return (
        UniversalAIJob.objects.filter(
            gateway_answer__fingerprint=fingerprint,
            gateway_deletion=None,
            owner=job.owner_id,
            backend=job.backend,
            provider=job.provider,
            status=Status.SUCCESS,
            finished_at__gt=timezone.now() - timedelta(seconds=seconds),
        )
        .order_by("-finished_at")
        .first()
    )


def _fingerprint(request: Mapping[str, Any]) -> str | None:
    """``None`` for what can't be answered from an earlier job.

    So for a file that isn't here: what is behind a URL today may be another file tomorrow.
    """
    model = ModelId.parse(request["model"])
    if not jobs.is_repeatable(model):
        return None
    contents = _contents(request["owner"].pk, request["input"])
    if any(request["input"].get(name) for name in set(file_fields(model.name)) - contents.keys()):
        return None
    asked = {name: request[name] for name in _COMPARED}
    asked |= {"owner": str(request["owner"].pk), "input": request["input"] | contents}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _contents(owner: Any, input: Mapping[str, Any]) -> dict[str, Any]:
    """What is in the owner's files, by input field: no value that a client could send."""
    ids = {name: found for name, value in input.items() if (found := _as_uuid(value))}
    files = UniversalAIFile.objects.living().filter(owner=owner).in_bulk(ids.values())
    return {
        name: {"sha256": _digest(files[file_id])}
        for name, file_id in ids.items()
        if file_id in files
    }


def _as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _digest(file: UniversalAIFile) -> str:
    digest = hashlib.sha256()
    with file.open() as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
