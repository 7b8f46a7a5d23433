"""Signed webhooks of the inbox about jobs that we know: the result, and once."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai import engine, jobs, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.engine import receiving
from django_universal_ai.models import (
    EventKind,
    JobEvent,
    ReceiptState,
    UniversalAIJob,
    WebhookReceipt,
)
from django_universal_ai.webhooks import reprocess
from tests.rows import AUDIO, events_of, fresh, make_job, row_of
from tests.upstream import Upstream
from tests.webhooks.sending import event, post_signed, receipt

from .inbox import gets, is_due, make_due, work

pytestmark = pytest.mark.django_db


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

    def late(job: UniversalAIJob, response: Any, **options: Any) -> jobs.Won:
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


@pytest.mark.usefixtures("endless")
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

    def late(job: UniversalAIJob, response: Any, **options: Any) -> jobs.Won:
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
