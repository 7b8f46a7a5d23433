"""A person at the admin desk, for :mod:`benchmarks.host.web`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_universal_ai.models import UniversalAIJob

from .desk_rows import fill

LIST = reverse("admin:universal_ai_universalaijob_changelist")
EXPORT = reverse("admin:universal_ai_universalaijob_export")


@cache
def _person() -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.create_superuser("root"))
    return client


def some() -> dict[str, str]:
    """What a person looks for: a job in the middle of the table."""
    attached = UniversalAIJob.objects.filter(status="success").exclude(object_id="")
    middle = attached.order_by("requested_at")
    job = middle[middle.count() // 2]
    return {"id": str(job.pk), "public_id": str(job.public_id), "year": str(job.requested_at.year)}


def queries(path: str) -> int:
    """Queries that a page needs once the process is warm."""
    _person().get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = _person().get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(captured)


def look(path: str) -> float:
    """Seconds for one page."""
    began = time.perf_counter()
    _person().get(path)
    return time.perf_counter() - began


def export(format: str, query: str) -> dict[str, float]:
    """Take an export and throw it away: its bytes and lines."""
    answer: Any = _person().post(f"{EXPORT}?{query}", {"format": format})
    size = lines = 0
    for piece in answer.streaming_content:
        size, lines = size + len(piece), lines + piece.count(b"\n")
    return {"bytes": float(size), "lines": float(lines)}


CALLS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (fill, some, queries, look, export)
}
