from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from django_universal_ai import engine, jobs
from django_universal_ai.models import Account
from tests.remote import Configure
from tests.rows import URL, make_job
from tests.upstream import Upstream

from .conftest import Measured

pytestmark = pytest.mark.django_db(transaction=True)


def test_jobs_are_counted_as_they_change(measured: Measured) -> None:
    job = jobs.submit(model="audio/speech_to_text_async/counted", input={"file": URL})
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket is not None
    jobs.abandon(job, ticket.lease, {"type": "file"})
    mine = {
        dict(attributes)["status"]: value
        for attributes, value in measured("universal_ai.jobs").items()
        if ("provider", "counted") in attributes
    }
    assert mine == {"pending": 1, "submitting": 1, "fail": 1}
    (ended,) = (
        (dict(attributes), count)
        for attributes, count in measured("universal_ai.job.duration").items()
        if ("provider", "counted") in attributes
    )
    what = {"status": "fail", "provider": "counted", "backend": "default"}
    assert ended == (what | {"feature": "audio/speech_to_text_async"}, 1)


def test_requests_are_counted_by_outcome(
    configure: Configure, upstream: Upstream, measured: Measured
) -> None:
    configure()
    upstream.fault("answer", method="POST", status=402, body={"detail": "No."})
    before = measured("universal_ai.requests")
    for _ in range(2):
        job = jobs.submit(model="audio/speech_to_text_async/google", input={"file": URL})
        engine.send(job)
        Account.objects.update(closed_until=None)
    after = measured("universal_ai.requests")
    new = {
        dict(attributes)["outcome"]: value - before.get(attributes, 0)
        for attributes, value in after.items()
    }
    assert {name: count for name, count in new.items() if count} == {"PaymentRequired": 1, "ok": 1}


def test_gauges_tell_what_stands_in_the_database(configure: Configure, measured: Measured) -> None:
    backend = configure()
    now = timezone.now()
    make_job("pending", requested_at=now - timedelta(hours=1))
    make_job("pending", requested_at=now)
    Account.objects.create(
        name=backend.account, refusal="402", next_request_at=now + timedelta(seconds=90)
    )
    waiting = frozenset({("backend", "default"), ("status", "pending")})
    mine = frozenset({("backend", "default")})
    assert measured("universal_ai.jobs.unfinished") == {waiting: 2}
    assert measured("universal_ai.jobs.oldest")[waiting] >= 3600
    assert measured("universal_ai.limiter.booked")[mine] > 30
    assert measured("universal_ai.breaker.open") == {mine: 1}
    assert measured("universal_ai.account.paused") == {mine: 0}
    assert measured("universal_ai.signals.dead") == {frozenset(): 0}
