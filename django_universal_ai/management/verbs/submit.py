"""Submit a job, and wait for it if asked to.

With ``--wait`` the process moves the jobs itself, so no worker is needed.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from ... import jobs
from ...models import UniversalAIJob
from . import given
from .owners import find_owner
from .shown import add_json, print_json, refused, summary
from .watch import add_timeout, follow


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("model", help="feature/subfeature/provider[/model]")
    given.add_arguments(parser)
    parser.add_argument(
        "--fallback",
        action="append",
        default=[],
        dest="fallbacks",
        metavar="MODEL",
        help="who is asked when it fails; repeatable",
    )
    parser.add_argument("--using", metavar="ALIAS", help="a backend of settings.UNIVERSAL_AI")
    parser.add_argument("--owner", metavar="USERNAME")
    parser.add_argument(
        "--idempotency-key", metavar="KEY", help="the same key and request give the same job"
    )
    parser.add_argument(
        "--priority", type=int, default=0, metavar="N", help="higher is sent sooner"
    )
    add_waiting(parser)


def add_waiting(parser: CommandParser) -> None:
    """The options that :func:`end` reads."""
    parser.add_argument("--wait", action="store_true", help="move it here until it ended")
    add_timeout(parser)
    add_json(parser)


def handle(
    command: BaseCommand,
    *,
    model: str,
    fallbacks: list[str],
    using: str | None,
    owner: str | None,
    idempotency_key: str | None,
    priority: int,
    wait: bool,
    timeout: float,
    as_json: bool,
    **options: Any,
) -> None:
    request = given.read(**options)
    try:
        job = jobs.submit(
            model=model,
            fallbacks=fallbacks,
            using=using,
            owner=find_owner(owner) if owner else None,
            idempotency_key=idempotency_key,
            priority=priority,
            **request,
        )
    except ValidationError as error:
        raise refused(error) from error
    end(command, job, wait=wait, timeout=timeout, as_json=as_json)


def end(
    command: BaseCommand, job: UniversalAIJob, *, wait: bool, timeout: float, as_json: bool
) -> None:
    """Wait for a new job, or say which it is."""
    if wait:
        follow(command, job, timeout=timeout, as_json=as_json, here=True)
    elif as_json:
        print_json(command, summary(job))
    else:
        command.stdout.write(str(job.pk))
