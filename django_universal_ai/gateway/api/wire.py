"""Rows in the words of the wire."""

from __future__ import annotations

import datetime
from typing import Any

from ...contract import JobStatus, format_cost
from ...models import UniversalAIFile, UniversalAIJob

#: The columns that :func:`listed_job` reads.
LISTED = ("status", "feature", "subfeature", "provider", "model", "requested_at")
#: The columns that :func:`job` reads.
TOLD = (*LISTED, "cost", "output", "error", "show_original_response", "original_response")


def job(row: UniversalAIJob) -> dict[str, Any]:
    """A job as ``POST`` and ``GET`` answer it: the contract's fields, in its order."""
    answer = {
        "public_id": str(row.pk),
        "status": _status(row),
        "cost": _cost(row),
        "provider": row.provider,
        "feature": row.feature,
        "subfeature": row.subfeature,
        "output": row.output,
        "error": row.error,
        "model": row.model,
        "created_at": moment(row.requested_at),
    }
    if row.show_original_response:
        answer["original_response"] = row.original_response
    return answer


def sync_job(row: UniversalAIJob) -> dict[str, Any]:
    """An ended job as ``POST /universal-ai`` answers it."""
    hidden = {"public_id", "model", "created_at"}
    return {name: value for name, value in job(row).items() if name not in hidden}


def listed_job(row: UniversalAIJob) -> dict[str, Any]:
    """A job as an item of the list, without its output and cost."""
    return {
        "public_id": str(row.pk),
        "status": _status(row),
        "feature": row.feature,
        "subfeature": row.subfeature,
        "provider": row.provider,
        "model": row.model,
        "created_at": moment(row.requested_at),
    }


def file(row: UniversalAIFile) -> dict[str, Any]:
    """A file as ``/upload`` answers it."""
    return {
        "file_id": str(row.pk),
        "file_name": row.name,
        "file_size": row.size,
        "file_mimetype": row.content_type,
        "purpose": row.purpose,
        "metadata": row.metadata,
        "created_at": moment(row.created_at),
        "expires_at": row.expires_at and moment(row.expires_at),
    }


def moment(time: datetime.datetime) -> str:
    """``2025-01-01T00:00:00Z``."""
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _status(row: UniversalAIJob) -> str:
    """What isn't over is processing: how far it got on our side is nobody's business."""
    return row.status if row.is_finished else JobStatus.PROCESSING


def _cost(row: UniversalAIJob) -> str:
    # The column pads with zeros, to twelve places.
    return "0.000" if row.cost is None else format_cost(row.cost.normalize())
