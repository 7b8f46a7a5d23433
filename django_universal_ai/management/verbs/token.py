"""Make a token for the gateway; it is printed once, on the last line."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--owner", required=True, metavar="USERNAME")
    parser.add_argument("--name", default="", help="what it is for")
    parser.add_argument("--sandbox", action="store_true", help="simulated results, no cost")


def handle(command: BaseCommand, *, owner: str, name: str, sandbox: bool, **options: Any) -> None:
    if not apps.is_installed("django_universal_ai.gateway"):
        raise CommandError("Add 'django_universal_ai.gateway' to INSTALLED_APPS first.")
    from ...gateway import tokens

    users = get_user_model()
    try:
        user = users._default_manager.get_by_natural_key(owner)
    except users.DoesNotExist as error:
        raise CommandError(f"There is no user {owner!r}.") from error
    plaintext = tokens.create(user, name=name, sandbox=sandbox)
    command.stderr.write("Keep it: it is stored hashed and can't be shown again.")
    command.stdout.write(plaintext)
