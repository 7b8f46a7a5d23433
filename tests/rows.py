"""Jobs as rows in whatever state a test needs, made without the steps that lead there."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from django_universal_ai.contract import JobResponse
from django_universal_ai.engine import durations
from django_universal_ai.engine.sketch import Sketch
from django_universal_ai.models import DurationSketch, JobEvent, Status, UniversalAIJob

AUDIO = "audio/speech_to_text_async/google"
URL = "https://files.example/call.wav"
#: The lease that :func:`make_job` gives where a test names no other.
LEASE = uuid.UUID("11111111-1111-4111-8111-111111111111")


def make_job(status: str = "pending", *, due: float = -1.0, **fields: Any) -> UniversalAIJob:
    """A row in ``status``; ``due`` seconds from now. Rows at the service have a ``public_id``."""
    row: dict[str, Any] = {
        "requested_model": AUDIO,
        "feature": "audio",
        "subfeature": "speech_to_text_async",
        "provider": "google",
        "input": {"file": URL},
        "backend": "default",
    }
    if status in ("processing", "success", "fail"):
        row |= {"public_id": str(uuid.uuid4()), "submitted_at": timezone.now()}
    if status in ("success", "fail"):
        row |= {"finished_at": timezone.now(), "due_at": None}
    else:
        row["due_at"] = in_seconds(due)
    return UniversalAIJob.objects.create(status=status, **row | fields)


def leased(job: UniversalAIJob, seconds: float = 60.0) -> UniversalAIJob:
    """The job with a lease that ends in ``seconds``; below zero, it ended already."""
    return change(job, lease_owner=LEASE, lease_until=in_seconds(seconds))


def change(job: UniversalAIJob, **values: Any) -> UniversalAIJob:
    """Set columns behind everybody's back, as time or a killed process would."""
    UniversalAIJob.objects.filter(pk=job.pk).update(**values)
    return fresh(job)


def make_due(*jobs: UniversalAIJob) -> None:
    """Let the time come for these jobs."""
    UniversalAIJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
        due_at=Now() - timedelta(seconds=1)
    )


def fresh(job: UniversalAIJob) -> UniversalAIJob:
    """The row as it is now."""
    return UniversalAIJob.objects.get(pk=job.pk)


def row_of(job: UniversalAIJob) -> dict[str, Any]:
    """Every column, to be compared."""
    row = fresh(job)
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def error_of(job: UniversalAIJob) -> dict[str, Any]:
    """Why it failed."""
    error: dict[str, Any] = fresh(job).error or {}
    return error


def due_in(job: UniversalAIJob) -> float:
    """Seconds until it is looked at next."""
    due_at = fresh(job).due_at
    assert due_at
    return (due_at - timezone.now()).total_seconds()


def events_of(job: UniversalAIJob) -> list[str]:
    """The kinds of its events, in order."""
    return list(JobEvent.objects.filter(job=job).order_by("at").values_list("kind", flat=True))


def learned(backend: str, requested_model: str, seconds: Iterable[float]) -> DurationSketch:
    """Jobs of this kind are known to have taken so long."""
    sketch = Sketch()
    took = list(seconds)
    sketch.learn((each, each) for each in took)
    durations.forget()
    return DurationSketch.objects.create(
        id=uuid.uuid4().hex,
        backend=backend,
        requested_model=requested_model,
        weights=sketch.to_json(),
        count=len(took),
        updated_at=timezone.now(),
    )


def in_seconds(seconds: float) -> Any:
    return timezone.now() + timedelta(seconds=seconds)


def answer(status: str = "processing", **fields: Any) -> JobResponse:
    """What a service says of a job."""
    said: dict[str, Any] = {
        "public_id": str(uuid.uuid4()),
        "status": status,
        "cost": "0.0125",
        "provider": "google",
        "feature": "audio",
        "subfeature": "speech_to_text_async",
        "created_at": timezone.now(),
    }
    if status == Status.SUCCESS:
        said["output"] = {"text": "hello"}
    if status == Status.FAIL:
        said["error"] = {"message": "The provider gave up."}
    return JobResponse.model_validate(said | fields)
