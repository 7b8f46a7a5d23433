"""Tell an uncertain job its id at the service, after a look there with our key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import jobs, outbox
from ...exceptions import BackendError, JobConflict
from .shown import add_json, find, show


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", help="the uncertain job's own id")
    parser.add_argument("public_id", help="the id that the service shows for it")
    add_json(parser)


def handle(
    command: BaseCommand,
    *,
    id: str,
    public_id: str,
    as_json: bool,
    **options: Any,
) -> None:
    job = find(id)
    try:
        adopted = jobs.adopt_id(job, public_id)
    except (BackendError, JobConflict) as error:
        raise CommandError(str(error)) from error
    job.refresh_from_db()
    if not adopted:
        raise CommandError(f"Job {job.pk} is {job.status}: there is nothing to resolve.")
    outbox.deliver_due(job)
    show(command, job, as_json=as_json)
