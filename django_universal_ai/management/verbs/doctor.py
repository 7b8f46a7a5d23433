"""Say what is well and what isn't, with the way out; exits 1 when something isn't."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.timesince import timesince

from ...backends import backends
from ...checks import check_settings
from ...models import Account, JobEvent, Status, UniversalAIJob

#: Broker time-out, in seconds: a black hole mustn't hang the doctor.
_PATIENCE = 5

Line = tuple[bool, str]


def add_arguments(parser: CommandParser) -> None:
    pass


def handle(command: BaseCommand, **options: Any) -> None:
    parts = (_settings, _broker, _accounts, _jobs, _orphans)
    lines = [line for part in parts for line in part()]
    for is_well, text in lines:
        mark = command.style.SUCCESS("ok  ") if is_well else command.style.ERROR("LOOK")
        command.stdout.write(f"{mark} {text}")
    if not all(is_well for is_well, _ in lines):
        sys.exit(1)


def _settings() -> Iterator[Line]:
    found = check_settings()
    for message in found:
        yield False, f"settings: {message.msg} {message.hint or ''}".rstrip()
    try:
        aliases = backends.aliases()
    except ImproperlyConfigured:
        return
    if not found:
        yield True, f"settings: backends {', '.join(aliases)}"


def _broker() -> Iterator[Line]:
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=_PATIENCE)
    except Exception as error:  # every broker has its own
        yield False, f"broker: {error}. Jobs move all the same, a little later."
        return
    yield True, f"broker: {current_app.connection_for_write().transport_cls} answers"


def _accounts() -> Iterator[Line]:
    for account in Account.objects.exclude(refusal=""):
        yield False, f"account {account}: stopped, the service says: {account.refusal}"
    if not Account.objects.exclude(refusal="").exists():
        yield True, "accounts: none is refused"


def _orphans() -> Iterator[Line]:
    try:
        aliases = backends.aliases()
    except ImproperlyConfigured:
        return
    lost = UniversalAIJob.objects.unfinished().exclude(backend__in=aliases)
    for alias, count in lost.values_list("backend").annotate(Count("pk")).order_by("backend"):
        text = f"jobs: {count} wait for {alias!r}, which settings.UNIVERSAL_AI doesn't have"
        yield False, f"{text}; configure it again, or resubmit them with --using"


def _jobs() -> Iterator[Line]:
    uncertain = UniversalAIJob.objects.uncertain().count()
    yield (
        not uncertain,
        (
            f"jobs: {uncertain} uncertain; look at them in the admin"
            if uncertain
            else "jobs: none is uncertain"
        ),
    )
    dead = JobEvent.objects.dead().count()
    yield (
        not dead,
        (
            f"signals: {dead} given up; mend the receiver and deliver again in the admin"
            if dead
            else "signals: none is given up"
        ),
    )
    late = UniversalAIJob.objects.unfinished().due().exclude(status=Status.UNCERTAIN)
    oldest = late.aggregate(Min("due_at"))["due_at__min"]
    if oldest and (timezone.now() - oldest).total_seconds() > 120:
        yield False, f"worker: a job is due for {timesince(oldest)}. Is a worker running?"
    else:
        yield True, "worker: nothing is overdue"
