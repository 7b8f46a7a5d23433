"""Webhooks of other customers and of forgers, and those without a key: they make us ask at most."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai import engine, jobs, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.jobs.moves import hash_token
from django_universal_ai.models import ReceiptState, Signature, Status, WebhookReceipt
from django_universal_ai.webhooks import reprocess
from tests.remote import Configure
from tests.rows import AUDIO, change, fresh, make_job, row_of
from tests.upstream import Upstream
from tests.upstream.signing import service_key
from tests.webhooks.sending import TOKEN, event, post, post_signed, receipt

from .inbox import gets, is_due, make_due, work

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------- other customers, and forgers


def test_a_signed_webhook_of_another_customer_changes_nothing(
    keyed: BaseBackend, upstream: Upstream
) -> None:
    rows = [make_job(status) for status in Status.values]
    before = [row_of(job) for job in rows]
    post_signed(event(job_id="not-ours", token="not-ours-either"))
    kept = work()
    assert kept.state == ReceiptState.WAITING  # our 202 might be stored after it
    WebhookReceipt.objects.update(received_at=timezone.now() - timedelta(hours=2))
    make_due()
    kept = work()
    assert (kept.state, kept.body, kept.due_at) == (ReceiptState.IGNORED, "", None)
    assert kept.reason.startswith("Not our job")
    assert [row_of(job) for job in rows] == before
    assert gets(upstream) == 0


def test_a_forged_token_changes_nothing(keyed: BaseBackend, upstream: Upstream) -> None:
    job = make_job("uncertain", token_hash=hash_token(TOKEN), due=600)
    before = row_of(job)
    for forged in (TOKEN[:-1], TOKEN.upper(), hash_token(TOKEN), ""):
        post_signed(event(job_id=f"j-{len(forged)}{forged[:3]}", token=forged))
    for pk in WebhookReceipt.objects.values_list("pk", flat=True):
        tasks.apply_webhook(str(pk))
    assert row_of(job) == before
    assert gets(upstream) == 0


def test_the_token_of_another_row_without_an_id_only(keyed: BaseBackend) -> None:
    job = make_job("processing", token_hash=hash_token(TOKEN), due=600)
    post_signed(event(job_id="another", token=TOKEN))
    work()
    assert fresh(job).status == "processing"
    assert fresh(job).public_id != "another"


def test_a_signature_speaks_for_its_own_backend_only(
    configure: Configure, settings: Any, upstream: Upstream
) -> None:
    configure(webhook_public_keys=[service_key().pem])
    other = {**settings.UNIVERSAL_AI["default"]}
    other["OPTIONS"] = {**other["OPTIONS"], "api_key": "k2", "webhook_public_keys": []}
    settings.UNIVERSAL_AI = {**settings.UNIVERSAL_AI, "second": other}
    job = make_job("processing", backend="second", due=600)
    post_signed(event(job))
    assert work().state == ReceiptState.WAITING
    assert fresh(job).status == "processing"
    # Unsigned, it is a hint for the backend that has no key, and for no other.
    known = make_job("processing", due=600)
    assert post(event(job)).status_code == post(event(known)).status_code == 200
    for kept in WebhookReceipt.objects.filter(signature=Signature.UNCHECKED):
        tasks.apply_webhook(str(kept.pk))
    assert is_due(job)
    assert not is_due(known)


# ------------------------------------------------------------------------------- without a key


@pytest.mark.usefixtures("endless")
def test_without_a_key_it_is_a_hint(keyless: BaseBackend, upstream: Upstream) -> None:
    job = jobs.submit(model=AUDIO, input={"file": "https://files.example/a.wav"})
    engine.send(job)
    there = upstream.jobs.all()[-1]
    upstream.jobs.finish(there.public_id, status="fail", error={"message": "the truth"})
    change(job, due_at=timezone.now() + timedelta(hours=1))
    post(event(fresh(job)))  # says success
    assert work().state == ReceiptState.APPLIED
    assert fresh(job).status == "processing"
    engine.advance()
    assert (fresh(job).status, fresh(job).error) == ("fail", {"message": "the truth"})


def test_many_hints_are_one(keyless: BaseBackend) -> None:
    job = make_job("processing", due=600)
    for number in range(3):
        post(event(job, output=number))
    for kept in WebhookReceipt.objects.order_by("pk"):
        tasks.apply_webhook(str(kept.pk))
        change(job, due_at=timezone.now() + timedelta(hours=1))
    reasons = [kept.reason for kept in WebhookReceipt.objects.order_by("pk")]
    assert reasons == [
        "The service is asked for the job now.",
        "The service was asked a moment ago.",
        "The service was asked a moment ago.",
    ]


def test_a_hint_about_a_stranger_is_ignored_at_once(keyless: BaseBackend) -> None:
    post(event(job_id="not-ours"))
    assert work().state == ReceiptState.IGNORED


def test_a_hint_about_an_ended_job(keyless: BaseBackend) -> None:
    job = make_job("success")
    before = row_of(job)
    post(event(job, status="fail"))
    assert work().reason == "The job had already ended in success."
    assert row_of(job) == before


def test_a_refused_webhook_cannot_be_worked_on_again(keyed: BaseBackend) -> None:
    post(event())
    assert not reprocess(receipt())
    assert receipt().state == ReceiptState.REFUSED
