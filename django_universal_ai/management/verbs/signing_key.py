"""Show, make or rotate the key that signs the gateway's webhooks; prints the public keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from .owners import need_gateway


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("show", "make", "rotate"),
        default="show",
        help="show what there is; make the first key; let a new key sign from now on",
    )


def handle(command: BaseCommand, *, what: str, **options: Any) -> None:
    need_gateway()
    from ...gateway.models import SigningKey
    from ...gateway.outgoing import keys

    if problem := keys.why_unable():
        raise CommandError(problem)
    if what == "rotate":
        command.stderr.write(f"{keys.rotate()} signs from now on.")
    elif what == "make":
        command.stderr.write(f"{keys.current()} signs.")
    elif not SigningKey.objects.exists():
        raise CommandError("There is no key yet: the first webhook makes it, or signing-key make.")
    command.stdout.write(keys.served(), ending="")
