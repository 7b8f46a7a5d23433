"""Count the jobs that ended on a day and later anew, for the dashboard."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...engine import counting, recounting
from .choosing import day
from .shown import add_json, print_json


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--since", type=day, required=True, metavar="DAY", help="2026-01-31, UTC, included"
    )
    add_json(parser)


def handle(command: BaseCommand, *, since: date, as_json: bool, **options: Any) -> None:
    noted = recounting.forget_since(datetime.combine(since, time.min, UTC))
    if as_json:
        print_json(command, {"counted": noted})
    else:
        command.stdout.write(f"Jobs counted anew: {noted}")
    counting.count_all()
