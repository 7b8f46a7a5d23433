"""Say what is well and what isn't, with the way out; exits 1 when something isn't."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from .. import checkup
from ..checkup import Line, Mark
from .exits import FAILED
from .shown import add_json, print_json


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--ask-service",
        action="store_true",
        help="one request to each service, too: does it answer, and is the key right",
    )
    add_json(parser)


def handle(command: BaseCommand, *, ask_service: bool, as_json: bool, **options: Any) -> None:
    is_well = True
    for line in checkup.lines(ask_service=ask_service):
        is_well &= line.mark != Mark.LOOK
        if as_json:
            print_json(command, asdict(line))
        else:
            command.stdout.write(f"{_mark(command, line)} {_words(line)}")
    if not is_well:
        sys.exit(FAILED)


def _mark(command: BaseCommand, line: Line) -> str:
    style = command.style
    return {
        Mark.OK: style.SUCCESS("ok  "),
        Mark.NOTE: style.WARNING("note"),
        Mark.LOOK: style.ERROR("LOOK"),
    }[line.mark]


def _words(line: Line) -> str:
    said = f"{line.what}: {line.says}"
    if not line.way_out:
        return said
    return f"{said}{'' if said.endswith(('.', '?', '!')) else '.'} {line.way_out}"
