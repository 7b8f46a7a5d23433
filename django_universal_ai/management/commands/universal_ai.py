"""``manage.py universal_ai``: the jobs from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ..verbs import VERBS


class Command(BaseCommand):
    help = "Submit, watch and look after Universal AI jobs."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, verb in VERBS.items():
            about = (verb.__doc__ or "").strip().splitlines()[0]
            # Django's own parser needs its class, or errors of a verb would miss its usage.
            verb.add_arguments(verbs.add_parser(name, help=about, description=about))

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        VERBS[verb].handle(self, **options)
