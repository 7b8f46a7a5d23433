"""Costs that weren't told with the result."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from django_universal_ai import engine, jobs
from django_universal_ai.backends import BaseBackend
from django_universal_ai.engine.costs import Costs
from django_universal_ai.engine.flight import fly
from django_universal_ai.models import UniversalAIJob
from tests.remote import Configure
from tests.rows import answer, fresh, make_due, make_job, row_of
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ended(remote: BaseBackend, upstream: Upstream) -> UniversalAIJob:
    """A job that a webhook ended: the service knows its cost, the row doesn't yet."""
    upstream.settings.update({"seconds": 3600, "cost": "0.0125"})
    job = make_job("pending")
    engine.advance()
    public_id = str(fresh(job).public_id)
    upstream.jobs.finish(public_id)
    jobs.observe(fresh(job), answer("success", public_id=public_id, cost=None), look_in=1)
    make_due(job)
    return fresh(job)


def fill(backend: BaseBackend) -> int:
    return fly(backend, [Costs(backend)], time.monotonic() + 5)


def test_the_end_of_a_webhook_leaves_the_cost_open(ended: UniversalAIJob) -> None:
    assert (ended.status, ended.cost) == ("success", None)


def test_it_is_filled_in_once_and_nothing_else_changes(
    ended: UniversalAIJob, remote: BaseBackend, upstream: Upstream
) -> None:
    before = row_of(ended)

    assert fill(remote) == 1
    assert fill(remote) == 0

    after = row_of(ended)
    assert after["cost"] == Decimal("0.0125")
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"cost", "due_at"}


def test_the_engine_does_so_when_nothing_else_is_due(ended: UniversalAIJob) -> None:
    engine.advance()

    assert fresh(ended).cost == Decimal("0.0125")


def test_whoever_wants_no_such_requests_gets_none(
    ended: UniversalAIJob, configure: Configure, upstream: Upstream
) -> None:
    thrifty = configure(fetch_cost=False)
    asked = len(upstream.ledger.requests())

    fill(thrifty)

    assert len(upstream.ledger.requests()) == asked
    assert fresh(ended).due_at is None


def test_a_job_that_the_service_deleted_keeps_no_cost(
    ended: UniversalAIJob, remote: BaseBackend, upstream: Upstream
) -> None:
    remote.delete(str(ended.public_id))

    fill(remote)

    assert (fresh(ended).cost, fresh(ended).due_at) == (None, None)


def test_a_service_that_is_away_is_asked_again_later(
    ended: UniversalAIJob, remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", method="GET", status=503)

    assert fill(remote) == 0
    assert fill(remote) == 0  # not due yet
    make_due(ended)

    assert fill(remote) == 1


def test_an_account_that_is_stopped_leaves_it_due(
    ended: UniversalAIJob, remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", method="GET", status=402)

    assert fill(remote) == 0

    assert UniversalAIJob.objects.due().filter(pk=ended.pk).exists()
