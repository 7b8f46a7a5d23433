"""Make a token for the gateway; it is printed once, on the last line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from .owners import find_owner, need_gateway
from .progress import tell
from .shown import add_json, print_json, refused


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--owner", required=True, metavar="USERNAME")
    parser.add_argument("--name", default="", help="what it is for")
    parser.add_argument("--sandbox", action="store_true", help="simulated results, no cost")
    add_json(parser)
    limits = parser.add_argument_group("limits, none by default")
    limits.add_argument(
        "--feature",
        action="append",
        default=[],
        dest="allowed_features",
        metavar="FEATURE[/SUBFEATURE]",
        help="what it may be used for; repeatable",
    )
    limits.add_argument("--requests-per-second", type=float, metavar="N")
    limits.add_argument("--in-flight", type=int, dest="most_in_flight", metavar="JOBS")
    limits.add_argument("--credits-per-day", type=_credits, metavar="CREDITS")
    limits.add_argument("--credits-per-month", type=_credits, metavar="CREDITS")


def handle(
    command: BaseCommand,
    *,
    owner: str,
    name: str,
    sandbox: bool,
    as_json: bool,
    **options: Any,
) -> None:
    need_gateway()
    from ...gateway import tokens
    from ...gateway.models.token import LIMITS

    limits = {limit: options[limit] for limit in LIMITS}
    try:
        plaintext = tokens.create(find_owner(owner), name=name, sandbox=sandbox, **limits)
    except ValidationError as error:
        raise refused(error) from error
    tell(command, "Keep it: it is stored hashed and can't be shown again.")
    if as_json:
        print_json(command, {"token": plaintext, "owner": owner, "sandbox": sandbox})
    else:
        command.stdout.write(plaintext)


def _credits(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is no number of credits.") from None
