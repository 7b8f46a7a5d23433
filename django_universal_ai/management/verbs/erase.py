"""Erase all that is kept about an owner, with the files; what is in flight is told.

It may be stopped or killed at any point and run again, which it wants to be while jobs are in
flight.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any, TypeVar

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser

from ... import engine
from ...jobs import erasing
from ...models import UniversalAIFile, UniversalAIJob
from . import owned
from .deleting import REMOTE_BATCH, free_there
from .exits import INTERRUPTED, LEFT, misused
from .owners import find_owner
from .progress import Progress, tell
from .shown import add_json, print_json
from .staying import kept_lines
from .stopping import until_stopped

Item = TypeVar("Item")

#: Jobs, and files, of one step: a storage may take its time for each file.
_BATCH = REMOTE_BATCH


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--owner", required=True, metavar="USERNAME")
    parser.add_argument(
        "--remote", action="store_true", help="delete the jobs at the service, too: a request each"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what there is")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    add_json(parser)


def handle(
    command: BaseCommand,
    *,
    owner: str,
    remote: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **options: Any,
) -> None:
    user = find_owner(owner)
    before = _rows(user)
    if not as_json:
        _show(command, f"Kept about {owner}:", before)
    if not (dry_run or yes):
        _ask(command, owner, is_able=not as_json and sys.stdin.isatty())
    kept: Counter[str] = Counter()
    with until_stopped() as stopped, Progress(command, "Erased") as progress:
        kept = _forecast(user) if dry_run else _erase(user, remote, stopped, progress)
    after = before if dry_run else _rows(user)
    if as_json:
        print_json(command, {"dry_run": dry_run, "found": before, "left": after, "kept": kept})
    else:
        for line in kept_lines(kept):
            command.stdout.write(line)
        _say_how_it_ended(command, owner, after, dry_run=dry_run)
    if stopped.is_set():
        tell(command, "Stopped; the same command goes on with the rest.")
        sys.exit(INTERRUPTED)
    if after and not dry_run:
        sys.exit(LEFT)


def _rows(user: Any) -> dict[str, int]:
    """How many rows of each table are the owner's; without those that have none."""
    counts = {table.name: table.rows(user).count() for table in owned.tables()}
    return {name: count for name, count in counts.items() if count}


def _ask(command: BaseCommand, owner: str, *, is_able: bool) -> None:
    if not is_able:
        raise misused("Nobody can be asked here: add --yes to erase it.")
    tell(command, "This can't be undone. universal_ai export keeps a copy.")
    if input(f"Type {owner} to erase it: ") != owner:
        raise misused("Nothing was erased.")


def _forecast(user: Any) -> Counter[str]:
    kept: Counter[str] = Counter()
    for ids in _batches(_jobs(user)):
        kept += erasing.forecast(ids).kept
    return kept


def _erase(user: Any, remote: bool, stopped: Event, progress: Progress) -> Counter[str]:
    has_gateway = apps.is_installed("django_universal_ai.gateway")
    if has_gateway:
        from ...gateway import forgetting

        forgetting.close(user)
    erased = erasing.Erased()
    jobs, files = _jobs(user), _files(user)
    progress.total = len(jobs) + len(files)
    for ids in _batches(jobs, stopped):
        free = free_there(ids, erased.kept) if remote else ids
        erased.add(erasing.erase(free))
        progress.at(erased.jobs)
    for ids in _batches(files, stopped):
        engine.expire(UniversalAIFile.objects.filter(pk__in=ids))
        erased.files += len(ids)
        progress.at(erased.jobs + erased.files)
    if has_gateway:
        forgetting.forget(user)
    return erased.kept


def _jobs(user: Any) -> list[Any]:
    return list(UniversalAIJob.objects.filter(owner=user).order_by().values_list("pk", flat=True))


def _files(user: Any) -> list[Any]:
    return list(UniversalAIFile.objects.filter(owner=user).order_by().values_list("pk", flat=True))


def _batches(ids: Sequence[Item], stopped: Event | None = None) -> Iterator[Sequence[Item]]:
    for start in range(0, len(ids), _BATCH):
        if stopped is not None and stopped.is_set():
            return
        yield ids[start : start + _BATCH]


def _show(command: BaseCommand, title: str, rows: dict[str, int]) -> None:
    command.stdout.write(title)
    for name, count in rows.items():
        command.stdout.write(f"{count:>8,}  {name}")
    if not rows:
        command.stdout.write("       -  nothing")


def _say_how_it_ended(
    command: BaseCommand, owner: str, after: dict[str, int], *, dry_run: bool
) -> None:
    if dry_run:
        command.stdout.write("Nothing was erased.")
    elif after:
        _show(command, f"Still kept about {owner}; run the same command again then:", after)
    else:
        command.stdout.write(f"Nothing is kept about {owner} any more.")
