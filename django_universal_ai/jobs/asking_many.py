"""Asking for many jobs in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from .. import telemetry, waking
from ..models import JobFile, UniversalAIJob
from ..models.database import atomic, on_commit
from . import intake, telling
from .asking import check_active, job_files, prepare, same_request

#: By the place of the request: its row that isn't saved yet, and what was found out about it.
New = dict[int, tuple[UniversalAIJob, intake.Intake]]


def submit_many(requests: Iterable[Mapping[str, Any]]) -> list[UniversalAIJob]:
    """Ask for many jobs in one transaction and with one wake-up: all of them or none.

    Each request is a dictionary of :func:`~django_universal_ai.jobs.submit`'s arguments. The
    ``ValidationError`` of a bad one names its place: ``{"3.input.file": [...]}``. A request whose
    ``idempotency_key`` is known gives the earlier row. Raises
    :class:`~django_universal_ai.exceptions.AlreadyActive` as well.
    """
    rows: list[UniversalAIJob] = []
    new: New = {}
    keys: set[tuple[str, str]] = set()
    active: set[str] = set()
    for place, request in enumerate(requests):
        with _placed(place):
            job, checked = prepare(**request)
            if job.idempotency_key is not None:
                key = (job.idempotency_scope, job.idempotency_key)
                _only_once(key, keys, "idempotency_key", "Given twice in one call.")
            earlier = same_request(job, checked)
            if earlier is None:
                check_active(job)
                if job.active_key is not None:
                    _only_once(job.active_key, active, "one_active", "Asked for twice in one call.")
                new[place] = job, checked
        rows.append(earlier or job)
    for place, earlier in _save(new).items():
        rows[place] = earlier
    return rows


def _only_once(key: Any, seen: set[Any], field: str, words: str) -> None:
    if key in seen:
        raise ValidationError({field: [words]})
    seen.add(key)


def _save(new: New) -> dict[int, UniversalAIJob]:
    """Save all of them but those whose key somebody else has used meanwhile: gives these rows."""
    stored: dict[int, Mapping[str, Any]] = {}
    taken: dict[int, UniversalAIJob] = {}
    try:
        for place, (job, checked) in new.items():
            with _placed(place), telemetry.span("submit", job):
                job.traceparent = telemetry.traceparent()
                stored[place] = checked.store_files(job.owner)
            job.input = checked.request.input
            # A value, not the database's clock: without expressions, PostgreSQL takes many rows
            # at once in half the time.
            job.due_at = job.requested_at
        while left := {place: each for place, each in new.items() if place not in taken}:
            try:
                _insert(left, stored)
                break
            except IntegrityError:
                found = _taken(left)
                if not found:
                    raise
                taken |= found
    except BaseException:
        for files in stored.values():
            intake.discard(files.values())
        raise
    for place in taken:
        intake.discard(stored[place].values())
    return taken


def _insert(new: New, stored: Mapping[int, Mapping[str, Any]]) -> None:
    with atomic():
        UniversalAIJob.objects.bulk_create([job for job, _ in new.values()], batch_size=500)
        JobFile.objects.bulk_create(
            link
            for place, (job, checked) in new.items()
            for link in job_files(job, {**checked.known_files, **stored[place]})
        )
        telling.tell_of_new(job for job, _ in new.values())
        on_commit(waking.advance)


def _taken(new: New) -> dict[int, UniversalAIJob]:
    """The rows that others were quicker to save for the same keys."""
    found = {}
    for place, (job, checked) in new.items():
        with _placed(place):
            if earlier := same_request(job, checked):
                found[place] = earlier
            else:
                check_active(job)
    return found


@contextmanager
def _placed(place: int) -> Iterator[None]:
    """Put the place of a request before the fields of its errors."""
    try:
        yield
    except ValidationError as error:
        raise ValidationError(
            {f"{place}.{name}": words for name, words in error.message_dict.items()}
        ) from error
