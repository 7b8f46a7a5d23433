"""A service that signs and posts over HTTP, a live site, and a worker in between."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from pytest_django.live_server_helper import LiveServer

from django_universal_ai import engine, jobs
from django_universal_ai.models import ReceiptState, Status, UniversalAIJob
from tests.remote import Configure
from tests.rows import AUDIO, URL, events_of, fresh
from tests.upstream import Upstream
from tests.upstream.signing import other_key, service_key
from tests.upstream.webhooks import Delivery

from .sending import receipt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(configure: Configure, live_server: LiveServer, signing: Upstream) -> Upstream:
    """The service, which knows where this site is; jobs there end when a test says so."""
    configure(webhook_url=live_server.url, webhook_public_keys=[service_key().pem])
    signing.settings.seconds = float("inf")
    return signing


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it didn't happen in time"
        time.sleep(0.01)


def asked(upstream: Upstream) -> UniversalAIJob:
    job = jobs.submit(
        model=AUDIO, input={"file": URL}, using="default", user_webhook_parameters={"case": 7}
    )
    engine.send(job)
    return fresh(job)


def announced(upstream: Upstream) -> Delivery:
    """End the job at the service; its webhook, once it was answered."""
    upstream.jobs.finish(upstream.jobs.all()[-1].public_id)
    wait_for(lambda: any(d.attempts for d in upstream.webhooks.deliveries))
    (delivery,) = upstream.webhooks.deliveries
    return delivery


def test_the_webhook_ends_the_job(site: Upstream) -> None:
    job = asked(site)
    assert job.status == Status.PROCESSING
    assert announced(site).attempts == [200]
    engine.advance()
    ended = fresh(job)
    assert (ended.status, ended.output) == ("success", site.settings.output)
    assert ended.user_webhook_parameters == {"case": 7}
    assert len(site.ledger.requests()) == 1  # the POST


def test_a_lost_reply_is_resolved_without_a_person(site: Upstream) -> None:
    site.fault("lost", method="POST")
    job = asked(site)
    assert job.status == Status.UNCERTAIN
    assert announced(site).attempts == [200]
    engine.advance()
    assert fresh(job).status == "success"
    assert len(site.ledger.posts()) == 1
    assert events_of(job) == ["uncertain", "submitted", "succeeded"]


def test_a_webhook_by_another_key_is_refused_once_and_polling_goes_on(site: Upstream) -> None:
    site.webhooks.sign = other_key().headers
    job = asked(site)
    assert announced(site).attempts == [401]
    assert receipt().state == ReceiptState.REFUSED
    UniversalAIJob.objects.update(due_at=job.requested_at)
    engine.advance()
    assert fresh(job).status == "success"


def test_webhook_and_poll_at_the_same_time(site: Upstream) -> None:
    job = asked(site)
    announced(site)
    jobs.look(job)
    engine.advance()
    assert fresh(job).status == "success"
    assert fresh(job).cost is not None
    assert receipt().state == ReceiptState.IGNORED
    assert events_of(job) == ["submitted", "succeeded"]
