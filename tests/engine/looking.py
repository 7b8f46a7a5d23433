"""Jobs at the service, and the requests that ask for them."""

from __future__ import annotations

from typing import Any

from django_universal_ai import engine
from django_universal_ai.models import Account, UniversalAIJob
from tests.rows import change, fresh, in_seconds, make_job
from tests.upstream import Entry, Upstream

LIST = "/v3/universal-ai/async"


def at_work(count: int, *, age: float = 60.0, **fields: Any) -> list[UniversalAIJob]:
    """Jobs that the service has had for ``age`` seconds and that are due for a look."""
    made = [make_job(**fields) for _ in range(count)]
    engine.advance()
    for job in made:
        change(job, submitted_at=in_seconds(-age), due_at=in_seconds(-1))
    return [fresh(job) for job in made]


def finish(upstream: Upstream, *made: UniversalAIJob, **ending: Any) -> None:
    for job in made:
        assert job.public_id
        upstream.jobs.finish(job.public_id, **ending)


def advance(upstream: Upstream, *, pause: bool = False) -> list[Entry]:
    """One advance; gives the requests that it made. The list may be read again, unless a
    ``pause`` is asked for."""
    if not pause:
        Account.objects.update(next_sweep_at=None)
    before = len(upstream.ledger.requests())
    engine.advance()
    return upstream.ledger.requests(since=before)


def lists(entries: list[Entry]) -> int:
    return sum(entry.path == LIST for entry in entries)


def details(entries: list[Entry]) -> int:
    return sum(entry.path.startswith(f"{LIST}/") for entry in entries)
