"""Submit a job again, as a new one that is billed as such."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from ... import jobs
from .exits import misused
from .shown import find, refused
from .submit import add_waiting, end


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", help="the job's id, ours or the service's")
    parser.add_argument("--model", help="another model string")
    parser.add_argument("--using", metavar="ALIAS", help="another backend")
    parser.add_argument(
        "--yes", action="store_true", help="also a job that hasn't ended: it may be billed twice"
    )
    add_waiting(parser)


def handle(
    command: BaseCommand,
    *,
    id: str,
    model: str | None,
    using: str | None,
    yes: bool,
    wait: bool,
    timeout: float,
    as_json: bool,
    **options: Any,
) -> None:
    job = find(id)
    if not job.is_finished and not yes:
        raise misused(
            f"Job {job.pk} is {job.status}: it may still end, and both would be billed. "
            "Add --yes to submit it again all the same."
        )
    try:
        again = jobs.resubmit(job, model=model, using=using)
    except ValidationError as error:
        raise refused(error) from error
    end(command, again, wait=wait, timeout=timeout, as_json=as_json)
