"""How jobs look on a terminal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from ...contract import format_cost
from ...models import Status, UniversalAIJob

#: Exit codes beyond Django's own 1 for errors.
FAILED, TIMED_OUT = 2, 3


def find(text: str) -> UniversalAIJob:
    """The job with this id, ours or the service's; ``CommandError`` where there is none."""
    named = Q(public_id=text)
    with suppress(ValueError):
        named |= Q(pk=UUID(text))
    job: UniversalAIJob | None = UniversalAIJob.objects.filter(named).first()
    if job is None:
        raise CommandError(f"There is no job {text}. See: manage.py universal_ai list")
    return job


def summary(job: UniversalAIJob) -> dict[str, Any]:
    """The job for ``--json``, without what may be large."""
    return {
        "id": str(job.pk),
        "public_id": job.public_id,
        "status": job.status,
        "cost": None if job.cost is None else format_cost(job.cost),
        "provider": job.provider,
        "feature": job.feature,
        "subfeature": job.subfeature,
        "model": job.model,
        "requested_model": job.requested_model,
        "requested_at": job.requested_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
        "note": job.note,
        "error": job.error,
    }


def show(command: BaseCommand, job: UniversalAIJob, *, as_json: bool = False) -> None:
    """Print a job and, if it ended, what came out of it."""
    if as_json:
        command.stdout.write(json.dumps({**summary(job), "output": job.output}, ensure_ascii=False))
        return
    cost = "" if job.cost is None else f", cost {format_cost(job.cost)}"
    took = "" if job.duration is None else f", {job.duration.total_seconds():.1f} s"
    line = f"{job.pk} {job.status} {job.provider}{cost}{took}"
    style = {Status.SUCCESS: command.style.SUCCESS, Status.FAIL: command.style.ERROR}
    command.stdout.write(style.get(Status(job.status), str)(line))
    if job.note:
        command.stdout.write(f"  {job.note}")
    for part in (job.error, job.output):
        if part is not None:
            command.stdout.write(json.dumps(part, indent=2, ensure_ascii=False))


def refused(error: ValidationError) -> CommandError:
    """A refused request in a terminal's words."""
    lines = [f"{name}: {' '.join(words)}" for name, words in error.message_dict.items()]
    return CommandError("\n".join(lines))
