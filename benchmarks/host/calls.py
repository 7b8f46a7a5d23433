"""What a project does with this app, for :mod:`benchmarks.host.web`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.upstream.state import endless_id
from django_universal_ai.models import UniversalAIJob
from django_universal_ai.models.database import retrying


def _request(model: str, serial: int) -> dict[str, Any]:
    return {"model": model, "input": {"file": f"https://files.example/{serial}.pdf"}}


def submit(count: int, model: str) -> dict[str, int]:
    """Ask for many jobs at once; tells how many messages that sent."""
    before = _messages()
    UniversalAIJob.objects.submit_many([_request(model, serial) for serial in range(count)])
    return {"messages": _messages() - before}


def submit_one(model: str) -> dict[str, Any]:
    """Ask for one job as a view with ``ATOMIC_REQUESTS`` does: its statements and messages."""
    before = _messages()
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        UniversalAIJob.objects.submit(**_request(model, 0))
    statements = [query["sql"] for query in queries]
    return {"statements": statements, "messages": _messages() - before}


def _messages() -> int:
    """Messages that wait in the queue: those that were sent, as long as no worker runs."""
    with current_app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        return int(channel.client.llen(current_app.conf.task_default_queue))


def fill(first: int, count: int, model: str, minutes: float) -> None:
    """Rows of jobs that are at the service since ``minutes``."""
    feature, subfeature, provider = model.split("/")
    since = timezone.now() - timedelta(minutes=minutes)
    pattern = UniversalAIJob.objects.create(
        requested_model=model,
        feature=feature,
        subfeature=subfeature,
        provider=provider,
        backend="default",
        status="processing",
        public_id=endless_id(first),
        requested_at=since,
        submitted_at=since,
        posted_at=since,
    )
    _copy(pattern, first + 1, count - 1)


def _copy(pattern: UniversalAIJob, first: int, count: int) -> None:
    """Rows like ``pattern`` with ids of their own, made by the database: there are many."""
    own = {"id", "public_id"}
    names = [field.column or "" for field in UniversalAIJob._meta.concrete_fields]
    columns = ", ".join(connection.ops.quote_name(name) for name in names if name not in own)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO universal_ai_universalaijob (id, public_id, {columns}) "  # noqa: S608 - our own names
            "SELECT gen_random_uuid(), "
            f"'{endless_id(0)[:24]}' || lpad(to_hex(nth), 12, '0'), {columns} "
            "FROM universal_ai_universalaijob, generate_series(%s, %s) AS nth WHERE id = %s",
            [first, first + count - 1, pattern.pk],
        )


@retrying
def make_due() -> None:
    """Let the time for the next look at every job have come."""
    UniversalAIJob.objects.processing().update(due_at=Now())


CALLS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (submit, submit_one, fill, make_due)
}
