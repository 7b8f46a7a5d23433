"""Follow a job until it ended."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connections
from django.utils import timezone

from ... import engine
from ...models import Status, UniversalAIJob
from .exits import FAILED, INTERRUPTED, TIMED_OUT
from .progress import Progress, clock, tell
from .shown import add_json, find, show
from .stopping import until_stopped

#: Seconds between two looks at the row: to find its end, and to tell a terminal of it.
_PAUSE, _LOOK = 0.2, 0.5


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", help="the job's id, ours or the service's")
    add_timeout(parser)
    add_json(parser)


def add_timeout(parser: CommandParser) -> None:
    """For how long to wait."""
    parser.add_argument(
        "--timeout", type=float, default=3600, metavar="SECONDS", help="wait no longer (3600)"
    )


def handle(command: BaseCommand, *, id: str, **options: Any) -> None:
    follow(command, find(id), timeout=options["timeout"], as_json=options["as_json"], here=False)


def follow(
    command: BaseCommand, job: UniversalAIJob, *, timeout: float, as_json: bool, here: bool
) -> None:
    """Show each new state until the end, and exit by it: see ``exits.py``.

    ``here`` moves the jobs in this process, too.
    """
    deadline = time.monotonic() + timeout
    told = ""
    with until_stopped() as stopped, _live(command, job) as is_live:
        while not (job.is_finished or stopped.is_set() or time.monotonic() >= deadline):
            if told != job.status and not (is_live or as_json):
                told = job.status
                tell(command, f"{job.pk} {told}")
            if not (here and engine.advance(here=True)):
                stopped.wait(_PAUSE)
            job.refresh_from_db()
    show(command, job, as_json=as_json)
    if job.is_finished:
        code = FAILED if job.status == Status.FAIL else 0
    elif stopped.is_set():
        code = INTERRUPTED
    else:
        tell(command, f"It isn't finished after {timeout:g} s; it runs on.")
        code = TIMED_OUT
    if code:
        sys.exit(code)


@contextmanager
def _live(command: BaseCommand, job: UniversalAIJob) -> Iterator[bool]:
    """Let a terminal see how the job goes, and say whether there is one.

    In a thread of its own: this one may be busy doing the job.
    """
    with Progress(command, "") as progress:
        if not progress.is_shown:
            yield False
            return
        over = threading.Event()
        teller = threading.Thread(target=_keep_telling, args=(job.pk, progress, over), daemon=True)
        teller.start()
        try:
            yield True
        finally:
            over.set()
            teller.join()


def _keep_telling(job_id: UUID, progress: Progress, over: threading.Event) -> None:
    rows = UniversalAIJob.objects.lean().filter(pk=job_id)
    try:
        while not over.is_set():
            with suppress(Error):  # the next look may be luckier
                for job in rows.all():
                    progress.say(_line(job))
            over.wait(_LOOK)
    finally:
        connections.close_all()


def _line(job: UniversalAIJob) -> str:
    """Where it stands, how far it is, and how long it may still take."""
    now = timezone.now()
    outlook = job.outlook
    parts = [f"{job.pk} {job.status} {clock((now - job.requested_at).total_seconds())}"]
    if outlook.progress is not None:
        parts.append(f"{outlook.progress:.0%}")
    if outlook.eta and outlook.eta > now:
        parts.append(f"about {clock((outlook.eta - now).total_seconds())} left")
    if job.note:
        parts.append(job.note)
    return ", ".join(parts)
