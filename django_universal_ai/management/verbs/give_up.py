"""Fail an uncertain job: whatever became of it at the service, nobody waits for it any more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import jobs, outbox
from .shown import add_json, find, show


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("id", help="the uncertain job's own id")
    parser.add_argument("--reason", default="Given up by a person.", help="kept in its error")
    add_json(parser)


def handle(
    command: BaseCommand,
    *,
    id: str,
    reason: str,
    as_json: bool,
    **options: Any,
) -> None:
    job = find(id)
    given_up = jobs.give_up(job, reason)
    job.refresh_from_db()
    if not given_up:
        raise CommandError(f"Job {job.pk} is {job.status}: only an uncertain job is given up.")
    outbox.deliver_due(job)
    show(command, job, as_json=as_json)
