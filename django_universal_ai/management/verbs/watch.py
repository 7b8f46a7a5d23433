"""Follow a job until it ended."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ... import engine
from ...models import Status, UniversalAIJob
from .shown import FAILED, TIMED_OUT, find, show


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", help="the job's id, ours or the service's")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", dest="as_json")


def handle(command: BaseCommand, *, id: str, **options: Any) -> None:
    follow(command, find(id), timeout=options["timeout"], as_json=options["as_json"], here=False)


def follow(
    command: BaseCommand, job: UniversalAIJob, *, timeout: float, as_json: bool, here: bool
) -> None:
    """Show each new state until the end; exits 2 on a failed job, 3 when time is up.

    ``here`` moves the jobs in this process, too.
    """
    deadline = time.monotonic() + timeout
    shown = ""
    while not job.is_finished and time.monotonic() < deadline:
        if job.status != shown and not as_json:
            shown = job.status
            command.stderr.write(f"{job.pk} {shown}")
        if not (here and engine.advance(here=True)):
            time.sleep(0.2)
        job.refresh_from_db()
    show(command, job, as_json=as_json)
    if not job.is_finished:
        command.stderr.write(f"It isn't finished after {timeout:g} s; it runs on.")
        sys.exit(TIMED_OUT)
    if job.status == Status.FAIL:
        sys.exit(FAILED)
