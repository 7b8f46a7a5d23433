"""How jobs look on a terminal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from ...contract import format_cost
from ...models import Status, UniversalAIJob
from .exits import misused


def add_json(parser: CommandParser) -> None:
    """The option ``--json``."""
    parser.add_argument(
        "--json", action="store_true", dest="as_json", help="for scripts: one object a line"
    )


def print_json(command: BaseCommand, value: Any) -> None:
    """One object, on one line of standard output."""
    command.stdout.write(json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder))


def find(text: str) -> UniversalAIJob:
    """The job with this id, ours or the service's; ``CommandError`` where there is none."""
    named = Q(public_id=text)
    with suppress(ValueError):
        named |= Q(pk=UUID(text))
    job: UniversalAIJob | None = UniversalAIJob.objects.filter(named).first()
    if job is None:
        raise misused(f"There is no job {text}. See: manage.py universal_ai list")
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
        print_json(command, {**summary(job), "output": job.output})
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
    return misused("\n".join(lines))
