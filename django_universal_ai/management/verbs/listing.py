"""List jobs, newest first."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...models import Status, UniversalAIJob
from .shown import summary


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--status", choices=[*Status.values, "unfinished"])
    parser.add_argument("--limit", type=int, default=20, metavar="N")
    parser.add_argument("--json", action="store_true", dest="as_json", help="one object a line")


def handle(
    command: BaseCommand, *, status: str | None, limit: int, as_json: bool, **options: Any
) -> None:
    rows = UniversalAIJob.objects.lean().order_by("-requested_at")
    if status == "unfinished":
        rows = rows.unfinished()
    elif status:
        rows = rows.filter(status=status)
    for job in rows[:limit]:
        if as_json:
            command.stdout.write(json.dumps(summary(job), ensure_ascii=False))
        else:
            command.stdout.write(
                f"{job.pk}  {job.status:<10}  {job.requested_at:%Y-%m-%d %H:%M}  "
                f"{job.requested_model}  {job.note}".rstrip()
            )
