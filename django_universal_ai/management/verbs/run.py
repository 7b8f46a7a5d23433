"""Move the jobs in this process, without Celery, until interrupted."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ... import engine, worker


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--once", action="store_true", help="what is due now, then stop")


def handle(command: BaseCommand, *, once: bool, **options: Any) -> None:
    if once:
        steps = engine.advance(here=True)
        command.stdout.write(f"{steps} steps")
        return
    stopped = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
    command.stderr.write("Moving jobs; stop with Ctrl-C.")
    while not stopped.is_set():
        if not worker.pass_once(here=True):
            stopped.wait(worker.TICK)
