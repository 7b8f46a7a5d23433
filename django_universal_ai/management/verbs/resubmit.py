"""Submit a job again, as a new one that is billed as such."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import jobs
from .shown import find, refused


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", help="the job's id, ours or the service's")
    parser.add_argument("--model", help="another model string")
    parser.add_argument("--using", metavar="ALIAS", help="another backend")
    parser.add_argument(
        "--yes", action="store_true", help="also a job that hasn't ended: it may be billed twice"
    )


def handle(
    command: BaseCommand,
    *,
    id: str,
    model: str | None,
    using: str | None,
    yes: bool,
    **options: Any,
) -> None:
    job = find(id)
    if not job.is_finished and not yes:
        raise CommandError(
            f"Job {job.pk} is {job.status}: it may still end, and both would be billed. "
            "Add --yes to submit it again all the same."
        )
    try:
        command.stdout.write(str(jobs.resubmit(job, model=model, using=using).pk))
    except ValidationError as error:
        raise refused(error) from error
