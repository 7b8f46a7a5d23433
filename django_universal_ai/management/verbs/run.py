"""Move the jobs in this process, without Celery, until interrupted."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ... import engine, worker
from .progress import tell
from .shown import add_json, print_json
from .stopping import until_stopped


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--once", action="store_true", help="what is due now, then stop")
    add_json(parser)


def handle(command: BaseCommand, *, once: bool, as_json: bool, **options: Any) -> None:
    if once:
        steps = engine.advance(here=True)
        print_json(command, {"steps": steps}) if as_json else command.stdout.write(f"{steps} steps")
        return
    tell(command, "Moving jobs; stop with Ctrl-C.")
    with until_stopped() as stopped:
        while not stopped.is_set():
            if not worker.pass_once(here=True):
                stopped.wait(worker.TICK)
