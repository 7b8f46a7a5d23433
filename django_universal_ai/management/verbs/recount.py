"""Count the jobs that ended on a day and later anew, for the dashboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...engine import counting, recounting


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--since", type=_day, required=True, metavar="DAY", help="2026-01-31, UTC, included"
    )


def handle(command: BaseCommand, *, since: datetime, **options: Any) -> None:
    noted = recounting.forget_since(since)
    command.stdout.write(f"Jobs counted anew: {noted}")
    counting.count_all()


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
