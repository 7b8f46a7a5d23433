"""Webhooks of the inbox: which are believed, which only make us ask, which change nothing."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from django_universal_ai import engine, jobs, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.engine import receiving
from django_universal_ai.exceptions import NotSent
from django_universal_ai.jobs.moves import hash_token
from django_universal_ai.models import (
    Account,
    EventKind,
    JobEvent,
    ReceiptState,
    Signature,
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
from tests.webhooks.sending import TOKEN, event, post, post_signed, receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def keyed(configure: Configure) -> BaseBackend:
    return configure(webhook_public_keys=[service_key().pem], webhook_url="https://here.example")


@pytest.fixture
def keyless(configure: Configure) -> BaseBackend:
    return configure(webhook_url="https://here.example")


def work() -> WebhookReceipt:
    """Let a worker act on the only webhook; the row afterwards."""
    tasks.apply_webhook(str(receipt().pk))
    return receipt()


def make_due() -> None:
    WebhookReceipt.objects.filter(due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(seconds=1)
    )


def is_due(job: UniversalAIJob) -> bool:
    return UniversalAIJob.objects.due().filter(pk=job.pk).exists()


def gets(upstream: Upstream) -> int:
    return len(upstream.ledger.requests("GET"))


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


# ------------------------------------------------------------------------------ signed and known


def test_a_signed_webhook_is_the_result(keyed: BaseBackend, upstream: Upstream) -> None:
    job = make_job("processing", cost=0)
    post_signed(event(job))
    kept = work()
    ended = fresh(job)
    assert (ended.status, ended.output) == ("success", {"text": "hello", "score": 1e16})
    assert (kept.state, kept.job, kept.body, kept.due_at) == (ReceiptState.APPLIED, job, "", None)
    assert ended.cost is None  # a webhook tells none, and the 202's zero was no price
    assert events_of(job) == [EventKind.SUCCEEDED]
    assert job.events.get().delivered_at is not None
    assert gets(upstream) == 0


def test_many_results_are_stored_together_and_the_rest_is_left_for_later(
    keyed: BaseBackend, upstream: Upstream
) -> None:
    made = [make_job("processing", cost="0.5") for _ in range(5)]
    for job in made:
        post_signed(event(job))
    stranger = make_job("processing", backend="other")
    UniversalAIJob.objects.filter(pk=stranger.pk).delete()  # its 202 isn't stored yet
    post_signed(event(stranger))
    assert receiving.apply_results() == 5
    assert {fresh(job).status for job in made} == {"success"}
    assert {fresh(job).webhooks.get().state for job in made} == {ReceiptState.APPLIED}
    left = WebhookReceipt.objects.get(job=None)
    assert (left.state, left.public_id) == (ReceiptState.PENDING, stranger.public_id)
    assert left.attempts == 0
    assert receiving.has_due()
    assert receiving.apply_results() == 0
    assert JobEvent.objects.filter(delivered_at=None).count() == 5  # no receiver was called
    assert gets(upstream) == 0


def test_results_are_stored_batch_by_batch_until_none_is_left(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "BATCH", 2)
    made = [make_job("processing") for _ in range(4)]
    for job in made:
        post_signed(event(job))
    assert receiving.apply_results() == 4
    assert {fresh(job).status for job in made} == {"success"}


def test_a_poll_that_is_faster_than_a_batch_wins(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_job("processing"), make_job("processing")
    for job in (first, second):
        post_signed(event(job))
    observe = jobs.observe

    def late(job: UniversalAIJob, response: Any, **options: Any) -> bool:
        if job == first:
            polled = response.model_copy(update={"output": {"text": "polled"}})
            assert observe(job, polled, **options)
        return observe(job, response, **options)

    monkeypatch.setattr(jobs, "observe", late)
    assert receiving.apply_results() == 1
    assert fresh(first).output == {"text": "polled"}
    assert fresh(second).webhooks.get().state == ReceiptState.APPLIED
    left = WebhookReceipt.objects.get(job=None)
    assert (left.state, left.public_id) == (ReceiptState.PENDING, first.public_id)


def test_a_signed_failure(keyed: BaseBackend) -> None:
    job = make_job("processing", cost="0.5")
    post_signed(event(job, status="fail", output=None, error={"message": "no speech"}))
    work()
    assert (fresh(job).status, fresh(job).error) == ("fail", {"message": "no speech"})
    assert fresh(job).cost is not None  # what was told stays


def test_a_signed_failure_that_a_fallback_follows_is_asked_for_first(
    keyed: BaseBackend, upstream: Upstream
) -> None:
    """A webhook tells no cost, and after the fallback took over nobody could ask for it."""
    pytest.importorskip("pocketsphinx", reason="the extra [stt] is not installed")
    job = jobs.submit(model=AUDIO, input={}, files={"file": b"RIFF"}, fallbacks=["pocketsphinx"])
    engine.send(job)
    there = upstream.jobs.all()[-1]
    upstream.jobs.finish(
        there.public_id, status="fail", cost="0.25", error={"message": "no speech"}
    )
    post_signed(event(fresh(job), status="fail", output=None, error={"message": "no speech"}))
    assert work().state == ReceiptState.APPLIED
    assert (fresh(job).status, is_due(job)) == ("processing", True)
    engine.look(fresh(job))
    row = fresh(job)
    assert (row.status, row.provider, row.backend) == ("pending", "pocketsphinx", "local")
    assert str(row.cost) == "0.250000000000"
    assert events_of(job) == [EventKind.SUBMITTED, EventKind.FELL_BACK]
    post_signed(event(job, public_id=there.public_id, status="fail"))
    assert fresh(job).status == "pending"


def test_replays_are_harmless(keyed: BaseBackend) -> None:
    job = make_job("processing")
    for _ in range(3):
        assert post_signed(event(job)).status_code == 200
        work()
    before = row_of(job)
    assert reprocess(receipt())
    kept = work()
    assert row_of(job) == before
    assert (kept.state, kept.copies) == (ReceiptState.IGNORED, 3)
    assert "already ended in success" in kept.reason
    assert events_of(job) == [EventKind.SUCCEEDED]


def test_a_contradiction_never_changes_a_result(keyed: BaseBackend) -> None:
    job = make_job("success", output={"text": "kept"})
    before = row_of(job)
    post_signed(event(job, status="fail", error={"message": "no"}))
    kept = work()
    assert row_of(job) == before
    assert "says otherwise" in kept.reason
    assert kept.body  # for the person who looks into it


def test_a_poll_that_is_faster_wins(keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job("processing")
    post_signed(event(job))
    observe = jobs.observe

    def late(job: UniversalAIJob, response: Any, **options: Any) -> bool:
        polled = response.model_copy(update={"output": {"text": "polled"}})
        assert observe(job, polled, **options)
        return observe(job, response, **options)

    monkeypatch.setattr(jobs, "observe", late)
    kept = work()
    assert fresh(job).output == {"text": "polled"}
    assert (kept.state, events_of(job)) == (ReceiptState.IGNORED, [EventKind.SUCCEEDED])


@pytest.mark.parametrize("change_", [{"status": "dreaming"}, {"status": None}])
def test_what_cannot_be_read_as_an_end_makes_us_ask(
    keyed: BaseBackend, change_: dict[str, Any]
) -> None:
    job = make_job("processing", due=600)
    post_signed(event(job, **change_))
    kept = work()
    assert fresh(job).status == "processing"
    assert is_due(job)
    assert kept.reason == "The service is asked for the job now."


def test_the_engine_finds_what_no_message_told(keyed: BaseBackend) -> None:
    job = make_job("processing", due=600)
    post_signed(event(job))
    engine.advance()
    assert fresh(job).status == "success"


def test_a_worker_that_died_over_it_is_followed_by_another(keyed: BaseBackend) -> None:
    job = make_job("processing", due=600)
    post_signed(event(job))
    claimed = timezone.now() + timedelta(seconds=60)
    WebhookReceipt.objects.update(due_at=claimed)
    assert work().state == ReceiptState.PENDING
    make_due()
    assert work().state == ReceiptState.APPLIED
    assert fresh(job).status == "success"


def test_tasks_for_rows_that_are_gone() -> None:
    tasks.apply_webhook("17")
    tasks.apply_webhook("seventeen")


def test_a_round_ends_when_its_time_is_over(keyed: BaseBackend) -> None:
    from django_universal_ai.engine import receiving

    post_signed(event(make_job("processing")))
    assert receiving.apply_due(time.monotonic() - 1) == 0
    assert receipt().state == ReceiptState.PENDING


def test_what_there_was_no_time_for_is_left_for_the_next_round(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        post_signed(event(make_job("processing", backend="other")))
    clock = iter([0.0, 0.0, *[9.0] * 100])  # the first is acted on, and then the time is over
    monkeypatch.setattr(receiving, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    receiving.apply_due(stop_at=5.0)
    assert WebhookReceipt.objects.filter(due_at__lte=timezone.now()).count() == 2


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


# ------------------------------------------------------------------------------ the reply is lost


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


# ------------------------------------------------------------------------------- without a key


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
