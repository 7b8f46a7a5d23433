"""Count the jobs that ended on a day and later anew, for the dashboard."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...engine import counting, recounting
from .choosing import day


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--since", type=day, required=True, metavar="DAY", help="2026-01-31, UTC, included"
    )


def handle(command: BaseCommand, *, since: date, **options: Any) -> None:
    noted = recounting.forget_since(datetime.combine(since, time.min, UTC))
    command.stdout.write(f"Jobs counted anew: {noted}")
    counting.count_all()
