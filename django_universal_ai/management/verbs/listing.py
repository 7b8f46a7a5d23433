"""List jobs, newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ...models import Status, UniversalAIJob
from ...models.managers import JobQuerySet
from . import choosing
from .progress import tell
from .shown import add_json, print_json, summary


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--status", choices=[*Status.values, "unfinished", "finished"])
    choosing.add_arguments(parser)
    for name, help in (
        ("--older-than", "asked for longer"),
        ("--newer-than", "asked for less long"),
    ):
        parser.add_argument(
            name, type=choosing.age, metavar="AGE", help=f"{help} ago than 30m, 12h, 90d, 2w"
        )
    parser.add_argument("--limit", type=choosing.positive, default=20, metavar="N")
    add_json(parser)


def handle(command: BaseCommand, *, limit: int, as_json: bool, **options: Any) -> None:
    rows = _chosen(**options).lean().defer("input").order_by("-requested_at")
    found = list(rows[: limit + 1])
    for job in found[:limit]:
        if as_json:
            print_json(command, summary(job))
        else:
            command.stdout.write(
                f"{job.pk}  {job.status:<10}  {job.requested_at:%Y-%m-%d %H:%M}  "
                f"{job.requested_model}  {job.note}".rstrip()
            )
    if len(found) > limit:
        tell(command, f"There are more; --limit shows more than {limit}.")


def _chosen(
    *,
    status: str | None,
    older_than: timedelta | None,
    newer_than: timedelta | None,
    **options: Any,
) -> JobQuerySet:
    rows: JobQuerySet = choosing.narrow(UniversalAIJob.objects.all(), **options)
    if status == "unfinished":
        rows = rows.unfinished()
    elif status == "finished":
        rows = rows.finished()
    elif status:
        rows = rows.filter(status=status)
    if older_than:
        rows = rows.filter(requested_at__lt=timezone.now() - older_than)
    if newer_than:
        rows = rows.filter(requested_at__gte=timezone.now() - newer_than)
    return rows
