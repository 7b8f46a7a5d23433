"""Erase jobs that ended long ago, with their files; safe beside running workers.

It may be stopped or killed at any point and run again: each batch is one transaction.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ...jobs import erasing
from ...models import Status, UniversalAIJob
from . import choosing
from .deleting import REMOTE_BATCH, free_there
from .exits import INTERRUPTED
from .progress import Progress, tell
from .shown import add_json, print_json
from .staying import kept_lines
from .stopping import until_stopped


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--older-than",
        type=choosing.age,
        required=True,
        metavar="AGE",
        help="since their end: 30m, 12h, 90d, 2w",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--status", choices=[Status.SUCCESS.value, Status.FAIL.value])
    which.add_argument(
        "--keep-failed",
        action="store_const",
        const=Status.SUCCESS.value,
        dest="status",
        help="the same as --status success",
    )
    choosing.add_arguments(parser)
    parser.add_argument("--keep-files", action="store_true", help="also those that nobody reads")
    parser.add_argument(
        "--remote", action="store_true", help="delete them at the service, too: a request each"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    parser.add_argument("--batch-size", type=choosing.positive, default=500, metavar="N")
    add_json(parser)


def handle(command: BaseCommand, *, as_json: bool, dry_run: bool, **options: Any) -> None:
    if not dry_run:
        _count_usage()
    began = time.monotonic()
    erased = erasing.Erased()
    try:
        is_done = _prune(command, erased, dry_run=dry_run, **options)
    finally:  # also where the service couldn't be asked: so far it is done
        seconds = round(time.monotonic() - began, 3)
        if as_json:
            print_json(command, {"dry_run": dry_run, **_said(erased), "seconds": seconds})
        else:
            _show(command, erased, dry_run=dry_run, seconds=seconds)
    if not is_done:
        tell(command, "Stopped; the same command goes on with the rest.")
        sys.exit(INTERRUPTED)


def _count_usage() -> None:
    """What is only waiting to be counted needn't stay."""
    if apps.is_installed("django_universal_ai.gateway"):
        from ...gateway import ledger

        ledger.catch_up()


def _prune(
    command: BaseCommand,
    erased: erasing.Erased,
    *,
    older_than: Any,
    status: str | None,
    keep_files: bool,
    remote: bool,
    dry_run: bool,
    batch_size: int,
    **options: Any,
) -> bool:
    """Says whether it came to its end: ``False`` where somebody stopped it."""
    before = timezone.now() - older_than
    rows = choosing.narrow(UniversalAIJob.objects.finished(), **options)
    rows = rows.filter(status=status) if status else rows
    seen = 0
    doing = "Looked at" if dry_run else "Pruned"
    with until_stopped() as stopped, Progress(command, doing) as progress:
        if progress.is_shown:  # no index tells
            progress.total = rows.filter(finished_at__lt=before).count()
        size = min(batch_size, REMOTE_BATCH) if remote else batch_size
        for page in erasing.ended_before(before, rows, size=size):
            if stopped.is_set():
                return False
            if dry_run:
                erased.add(erasing.forecast(page))
            else:
                chosen = free_there(page, erased.kept) if remote else page
                files = None if keep_files else before
                erased.add(erasing.erase(chosen, files_from_before=files))
            seen += len(page)
            progress.at(seen)
    return True


def _said(erased: erasing.Erased) -> dict[str, Any]:
    return {"erased": erased.jobs, "files": erased.files, "kept": dict(erased.kept)}


def _show(command: BaseCommand, erased: erasing.Erased, *, dry_run: bool, seconds: float) -> None:
    would = "would be " if dry_run else ""
    jobs = "job" if erased.jobs == 1 else "jobs"
    command.stdout.write(f"{erased.jobs:,} {jobs} {would}erased in {seconds:.1f} s.")
    if erased.files:
        command.stdout.write(f"Of their files, workers remove {erased.files:,} in some minutes.")
    for line in kept_lines(erased.kept):
        command.stdout.write(line)
