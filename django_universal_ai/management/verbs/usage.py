"""Say what was used over the gateway: jobs and credits by day, owner, token and model."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser

from ...contract import format_cost
from .choosing import day
from .exits import misused
from .owners import find_owner, need_gateway
from .shown import add_json, print_json

if TYPE_CHECKING:
    from ...gateway.models import Token


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--owner", metavar="USERNAME")
    parser.add_argument("--token", metavar="BEGINNING", help="as lists show it: uai_...")
    parser.add_argument("--since", type=day, metavar="DAY", help="2026-01-31, UTC, included")
    parser.add_argument("--until", type=day, metavar="DAY", help="2026-01-31, UTC, included")
    add_json(parser)


def handle(
    command: BaseCommand,
    *,
    owner: str | None,
    token: str | None,
    as_json: bool,
    since: datetime.date | None,
    until: datetime.date | None,
    **options: Any,
) -> None:
    need_gateway()
    from ...gateway import usage

    found = usage.totals(
        owner=find_owner(owner) if owner else None,
        token=_token(token) if token else None,
        since=since,
        until=until,
    )
    rows = list(_named(found))
    if as_json:
        for row in rows:
            print_json(command, row)
        return
    for row in rows:
        command.stdout.write(
            f"{row['day']}  {row['owner'] or '-'}  {row['token'] or '-'}  {row['model']}  "
            f"{row['jobs']} jobs, {row['failed']} failed, {row['cost']} credits"
        )
    jobs = sum(row["all_jobs"] for row in found)
    cost = sum((row["credits"] for row in found), Decimal(0))
    command.stdout.write(f"In all: {jobs} jobs, {format_cost(cost)} credits")


def _named(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows in words: users and tokens by name."""
    from ...gateway.models import Token

    found = list(found)
    users = get_user_model()._default_manager.in_bulk({row["owner"] for row in found} - {None})
    tokens = Token.objects.in_bulk({row["token"] for row in found} - {None})
    for row in found:
        owner, token = users.get(row["owner"]), tokens.get(row["token"])
        yield {
            "day": row["day"].isoformat(),
            "owner": None if owner is None else owner.get_username(),
            "token": None if token is None else token.prefix,
            "model": f"{row['feature']}/{row['subfeature']}/{row['provider']}",
            "jobs": row["all_jobs"],
            "failed": row["all_failed"],
            "cost": format_cost(row["credits"]),
        }


def _token(beginning: str) -> Token:
    from ...gateway.models import Token
    from ...gateway.tokens import SHOWN

    prefix = beginning[:SHOWN]  # of a whole token, too, only what lists show is looked at
    found = list(Token.objects.filter(prefix__startswith=prefix)[:2]) if prefix else []
    if len(found) != 1:
        what = "no token" if not found else "more than one token"
        raise misused(f"There is {what} that begins with {prefix!r}.")
    return found[0]
