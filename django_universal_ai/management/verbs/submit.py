"""Submit a job, and wait for it if asked to.

With ``--wait`` the process moves the jobs itself, so no worker is needed.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import jobs
from .shown import refused
from .watch import follow


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("model", help="feature/subfeature/provider[/model]")
    parser.add_argument("--file", metavar="PATH", help="the input's file")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one field of the input; a value that is JSON is read as JSON",
    )
    parser.add_argument("--using", metavar="ALIAS", help="a backend of settings.UNIVERSAL_AI")
    parser.add_argument("--wait", action="store_true", help="wait until it ended")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", dest="as_json")


def handle(
    command: BaseCommand,
    *,
    model: str,
    file: str | None,
    input: list[str],
    using: str | None,
    wait: bool,
    timeout: float,
    as_json: bool,
    **options: Any,
) -> None:
    try:
        job = jobs.submit(
            model=model,
            input=dict(map(_field, input)),
            files={"file": file} if file else None,
            using=using,
        )
    except ValidationError as error:
        raise refused(error) from error
    if wait:
        follow(command, job, timeout=timeout, as_json=as_json, here=True)
    elif as_json:
        command.stdout.write(json.dumps({"id": str(job.pk), "status": job.status}))
    else:
        command.stdout.write(str(job.pk))


def _field(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise CommandError(f"--input {text}: write it as NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
