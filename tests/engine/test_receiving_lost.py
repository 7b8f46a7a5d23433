"""Webhooks about a job whose reply is lost, or isn't stored yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from django_universal_ai import engine, jobs
from django_universal_ai.backends import BaseBackend
from django_universal_ai.exceptions import NotSent
from django_universal_ai.jobs.moves import hash_token
from django_universal_ai.models import (
    Account,
    EventKind,
    ReceiptState,
    Status,
    UniversalAIJob,
    WebhookReceipt,
)
from django_universal_ai.webhooks import reprocess
from tests.remote import Configure
from tests.rows import AUDIO, change, events_of, fresh, in_seconds, leased, make_job, row_of
from tests.upstream import Upstream
from tests.upstream.jobs import Job
from tests.upstream.signing import service_key
from tests.upstream.webhooks import body_of
from tests.webhooks.sending import event, post, post_signed, receipt

from .inbox import gets, make_due, work

pytestmark = pytest.mark.django_db


def lost(upstream: Upstream) -> tuple[UniversalAIJob, Job]:
    """A job whose POST was accepted and never answered, here and at the service."""
    upstream.fault("lost", method="POST")
    job = jobs.submit(
        model=AUDIO,
        input={"file": "https://files.example/a.wav"},
        provider_params={"upstream": {"seconds": None}},  # it ends when it is told
        using="default",
    )
    engine.send(job)
    assert fresh(job).status == Status.UNCERTAIN
    there = upstream.jobs.all()[-1]
    upstream.jobs.finish(there.public_id)
    return fresh(job), there


def test_a_lost_reply_is_resolved_by_the_webhook(keyed: BaseBackend, upstream: Upstream) -> None:
    job, there = lost(upstream)
    post_signed(body_of(there))
    kept = work()
    ended = fresh(job)
    assert (ended.status, ended.public_id) == ("success", there.public_id)
    assert str(ended.cost).startswith("0.0125")
    assert (kept.state, kept.job) == (ReceiptState.APPLIED, job)
    assert events_of(job) == [EventKind.UNCERTAIN, EventKind.SUBMITTED, EventKind.SUCCEEDED]
    assert (len(upstream.ledger.posts()), gets(upstream)) == (1, 1)


def test_the_host_gets_its_own_parameters_and_not_our_token(
    keyed: BaseBackend, upstream: Upstream
) -> None:
    job = jobs.submit(
        model=AUDIO,
        input={"file": "https://files.example/a.wav"},
        user_webhook_parameters={"case": 7},
    )
    engine.send(job)
    sent = upstream.jobs.all()[-1].body
    assert sent["webhook_receiver"] == "https://here.example/universal-ai/webhook/"
    assert sent["user_webhook_parameters"]["case"] == 7
    assert len(sent["user_webhook_parameters"]) == 2
    assert fresh(job).user_webhook_parameters == {"case": 7}
    assert fresh(job).webhook_receiver is None
    token = sent["user_webhook_parameters"]["django_universal_ai_token"]
    assert token not in repr(row_of(job))
    assert fresh(job).token_hash == hash_token(token)


def test_without_a_key_our_own_get_resolves_it_all_the_same(
    keyless: BaseBackend, upstream: Upstream
) -> None:
    job, there = lost(upstream)
    post(body_of(there))
    assert work().state == ReceiptState.APPLIED
    assert (fresh(job).status, gets(upstream)) == ("success", 1)


@pytest.mark.usefixtures("endless")
def test_a_webhook_before_the_202_is_stored(keyed: BaseBackend, upstream: Upstream) -> None:
    job = make_job("pending")
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket
    request = job.request.model_copy(
        update={"user_webhook_parameters": {"django_universal_ai_token": ticket.token}}
    )
    answer = keyed.submit(request)
    there = upstream.jobs.all()[-1]
    upstream.jobs.finish(there.public_id)
    post_signed(body_of(there))
    assert work().state == ReceiptState.APPLIED
    assert fresh(job).status == "success"
    assert not jobs.accept(job, ticket.lease, answer, look_in=1)
    assert fresh(job).status == "success"
    assert events_of(job) == [EventKind.SUBMITTED, EventKind.SUCCEEDED]


def test_a_webhook_without_our_token_waits_for_the_202(keyed: BaseBackend) -> None:
    job = leased(make_job("submitting"))
    post_signed(event(job_id="j-9"))
    assert work().state == ReceiptState.WAITING
    change(job, public_id="j-9", status="processing", lease_owner=None, lease_until=None)
    make_due()
    assert work().state == ReceiptState.APPLIED
    assert fresh(job).status == "success"


def test_a_job_of_our_account_that_is_another_isnt_adopted(
    keyed: BaseBackend, upstream: Upstream
) -> None:
    job, there = lost(upstream)
    change(job, requested_model="ocr/ocr_async/google")
    post_signed(body_of(there))
    kept = work()
    assert (kept.state, fresh(job).status) == (ReceiptState.IGNORED, "uncertain")
    assert "does audio/speech_to_text_async, not ocr/ocr_async" in kept.reason


def test_a_provider_that_was_not_asked_isnt_adopted(keyed: BaseBackend, upstream: Upstream) -> None:
    job, there = lost(upstream)
    change(job, requested_model=AUDIO.replace("google", "amazon"))
    post_signed(body_of(there))
    assert "google does it, not one of: amazon." in work().reason
    change(job, fallbacks=["google"])
    assert reprocess(receipt())
    assert work().state == ReceiptState.APPLIED
    assert (fresh(job).status, fresh(job).provider) == ("success", "google")


def test_a_job_that_our_account_does_not_have(keyed: BaseBackend, upstream: Upstream) -> None:
    job, there = lost(upstream)
    body = body_of(there) | {"job_id": "0b5c1d9e-0000-4000-8000-000000000001"}
    post_signed(body)
    kept = work()
    assert (kept.state, kept.job) == (ReceiptState.PENDING, job)
    WebhookReceipt.objects.update(received_at=timezone.now() - timedelta(hours=2))
    make_due()
    assert work().reason.startswith("Our account has no such job")
    assert fresh(job).status == "uncertain"


def test_a_service_that_cannot_be_asked_is_asked_again(
    keyed: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, there = lost(upstream)
    upstream.fault("answer", method="GET", status=503, body="busy")
    post_signed(body_of(there))
    assert work().state == ReceiptState.PENDING
    assert work().attempts == 1  # it isn't due yet
    make_due()
    assert work().state == ReceiptState.APPLIED
    assert fresh(job).status == "success"


def test_after_a_week_nobody_asks_any_more(
    keyed: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(public_id: str) -> None:
        raise NotSent("nobody is there")

    _, there = lost(upstream)
    monkeypatch.setattr(keyed, "get", away)
    post_signed(body_of(there))
    WebhookReceipt.objects.update(received_at=timezone.now() - timedelta(days=8))
    kept = work()
    assert (kept.state, kept.reason) == (ReceiptState.IGNORED, "Given up: nobody is there")


def test_while_the_account_is_at_its_limit_it_waits(
    configure: Configure, upstream: Upstream
) -> None:
    configure(
        webhook_public_keys=[service_key().pem], webhook_url="https://here.example", rate_limit=10
    )
    _, there = lost(upstream)
    Account.objects.update(next_request_at=in_seconds(60))
    post_signed(body_of(there))
    assert work().reason.startswith("The account's limit is used up")


def test_one_that_was_resolved_meanwhile(
    keyed: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, there = lost(upstream)
    get = keyed.get

    def slow(public_id: str) -> Any:
        change(job, public_id=public_id, status="processing")
        return get(public_id)

    monkeypatch.setattr(keyed, "get", slow)
    post_signed(body_of(there))
    assert work().reason == "The job was just resolved otherwise."
    make_due()
    assert work().state == ReceiptState.APPLIED
    assert fresh(job).status == "success"


def test_a_backend_that_cannot_be_asked(
    keyed: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, there = lost(upstream)
    monkeypatch.setattr(type(keyed), "can_get", False)
    post_signed(body_of(there))
    assert "can't be asked" in work().reason


def test_a_name_that_no_database_holds(
    keyed: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, there = lost(upstream)
    got = keyed.get(there.public_id).model_copy(update={"provider": "a\x00b\ud800"})
    monkeypatch.setattr(keyed, "get", lambda public_id: got)
    post_signed(body_of(there))
    assert "ab? does it, not one of: google." in work().reason


def test_a_database_that_is_away_is_nobodys_fault(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("the database is away")

    post_signed(event(make_job("processing")))
    monkeypatch.setattr(jobs, "observe", away)
    with pytest.raises(OperationalError):
        work()
    assert receipt().state == ReceiptState.PENDING


def test_a_backend_that_is_no_longer_configured(
    keyed: BaseBackend, upstream: Upstream, settings: Any
) -> None:
    job, there = lost(upstream)
    change(job, backend="gone")
    post_signed(body_of(there))
    WebhookReceipt.objects.update(backends=["gone"])
    kept = work()
    assert kept.state == ReceiptState.PENDING
    assert "InvalidInput" in kept.reason
