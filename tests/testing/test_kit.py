from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.dispatch import Signal
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import engine, jobs, signals, tasks
from django_universal_ai.backends import backends
from django_universal_ai.contract import ModelId
from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.exceptions import InvalidInput, NotFound
from django_universal_ai.models import UniversalAIJob
from django_universal_ai.providers import rapidocr
from django_universal_ai.testing import UniversalAI, clock
from tests.rows import change

SPEECH = "audio/speech_to_text_async/google"
INPUT = {"file": "https://files.example/call.wav"}

pytestmark = pytest.mark.django_db


def submit(model: str = SPEECH, **more: Any) -> UniversalAIJob:
    return UniversalAIJob.objects.submit(model=model, **({"input": INPUT} | more))


def now(job: UniversalAIJob) -> UniversalAIJob:
    job.refresh_from_db()
    return job


def output_of(job: UniversalAIJob) -> SpeechToTextOutput:
    """What came out, read afresh."""
    result = now(job).result
    assert isinstance(result, SpeechToTextOutput)
    return result


# ------------------------------------------------------------------------------------- outcomes


def test_a_job_succeeds_with_an_output_of_the_right_shape(universal_ai: UniversalAI) -> None:
    job = submit()
    assert universal_ai.run()
    assert isinstance(output_of(job).text, str)
    assert job.status == "success"


def test_a_job_succeeds_with_the_output_that_was_scripted(universal_ai: UniversalAI) -> None:
    universal_ai.on(SPEECH).succeed({"text": "Call me."}, cost="0.25")
    job = submit()
    universal_ai.run()
    assert (output_of(job).text, job.cost) == ("Call me.", Decimal("0.25"))
    assert output_of(job).diarization is not None  # made up: only what matters has to be given


def test_files_are_uploaded_and_kept(universal_ai: UniversalAI) -> None:
    job = submit(input={}, files={"file": b"RIFF0000WAVEfmt "})
    universal_ai.run()
    assert now(job).status == "success"
    (post,) = universal_ai.posts
    assert post.input["file"] != job.input["file"]  # as the service calls it


def test_time_goes_on_where_the_gateway_is_not_installed(
    universal_ai: UniversalAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "APPS", ("universal_ai", "not_installed"))
    universal_ai.on().rate_limit(retry_after=30).succeed()
    job = submit()
    universal_ai.run()
    assert now(job).status == "success"


def test_a_rule_without_an_outcome_succeeds(universal_ai: UniversalAI) -> None:
    universal_ai.on(SPEECH)
    job = submit()
    universal_ai.run()
    assert now(job).status == "success"


def test_a_job_can_be_deleted_at_the_service(universal_ai: UniversalAI) -> None:
    job = submit()
    universal_ai.run()
    now(job).delete_remote()
    with pytest.raises(NotFound):
        backends["default"].get(str(job.public_id))


def test_what_backends_can_do_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rapidocr.RapidOCR, "requires", ())  # whatever is installed
    model = ModelId.parse("ocr/ocr_async/rapidocr")
    before = jobs.offers("ocr/ocr_async")
    assert str(model) in {offer.model for offer in before}
    with UniversalAI():
        assert jobs.offers("ocr/ocr_async") == before
        assert jobs.is_repeatable(model)


def test_without_the_packages_of_webhooks_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.testing.kit.find_spec", lambda name: None)
    with UniversalAI() as universal_ai:
        job = submit()
        universal_ai.run()
        assert now(job).status == "success"


def test_a_job_is_at_work_for_some_looks(universal_ai: UniversalAI) -> None:
    universal_ai.on(SPEECH).succeed(polls=2)
    job = submit()
    universal_ai.step()
    assert now(job).status == "processing"
    for polls in (1, 2):
        universal_ai.travel(minutes=2)
        universal_ai.step()
        assert (now(job).status, job.polls) == ("processing", polls)
    universal_ai.travel(minutes=2)
    universal_ai.step()
    assert now(job).status == "success"


def test_a_job_fails_in_the_services_words(universal_ai: UniversalAI) -> None:
    universal_ai.on("audio").fail("The file is silent.", type="empty")
    job = submit()
    universal_ai.run()
    assert now(job).status == "fail"
    assert job.error == {"type": "empty", "message": "The file is silent."}


def test_a_request_is_refused_for_good(universal_ai: UniversalAI) -> None:
    universal_ai.on().refuse("No such voice.")
    job = submit()
    universal_ai.run()
    assert now(job).status == "fail"
    assert "No such voice." in str(job.error)


def test_an_account_without_credits_keeps_its_jobs(universal_ai: UniversalAI) -> None:
    universal_ai.on().refuse("Out of credits.", status_code=402).succeed()
    job = submit()
    universal_ai.step()
    assert now(job).status == "pending"
    universal_ai.run()  # a minute later somebody has paid
    assert now(job).status == "success"


def test_a_rate_limit_makes_jobs_late(universal_ai: UniversalAI) -> None:
    universal_ai.on().rate_limit(retry_after=30).succeed()
    job = submit()
    universal_ai.step()
    universal_ai.travel(seconds=20)
    universal_ai.step()
    assert now(job).status == "pending"
    universal_ai.run()
    assert now(job).status == "success"
    assert len(universal_ai.posts) == 2


def test_a_request_that_never_arrived_is_sent_again(universal_ai: UniversalAI) -> None:
    universal_ai.on().be_unreachable().succeed()
    job = submit()
    universal_ai.run()
    assert now(job).status == "success"


def test_a_lost_reply_is_not_paid_twice(universal_ai: UniversalAI) -> None:
    universal_ai.on().lose_reply().succeed({"text": "Hello"})
    job = submit()
    universal_ai.step()
    assert now(job).status == "uncertain"
    universal_ai.run()  # the service's list tells
    assert (output_of(job).text, job.status) == ("Hello", "success")
    assert len(universal_ai.posts) == 1


def test_a_request_that_was_lost_on_the_way_stays_uncertain(universal_ai: UniversalAI) -> None:
    universal_ai.on().lose_reply(arrived=False)
    job = submit()
    universal_ai.run()
    assert now(job).status == "uncertain"
    assert len(universal_ai.posts) == 1


def test_the_newest_rule_that_fits_counts(universal_ai: UniversalAI) -> None:
    universal_ai.on().fail("any")
    universal_ai.on("audio/*/google").fail("pattern")
    universal_ai.on("audio", when=lambda request: request.input["file"].endswith("x")).fail("when")
    jobs = [
        submit(),
        submit(input={"file": "https://files.example/x"}),
        submit("audio/speech_to_text_async/deepgram"),
    ]
    universal_ai.run()
    assert [(now(job).error or {})["message"] for job in jobs] == ["pattern", "when", "any"]


def test_what_a_backend_would_refuse_is_refused(universal_ai: UniversalAI) -> None:
    with pytest.raises(ValidationError, match="rapidocr"):
        submit("ocr/ocr_async/rapidocr", provider_params={"no_such": 1})
    universal_ai.assert_nothing_submitted()


def test_an_unknown_backend_is_no_more_known(universal_ai: UniversalAI) -> None:
    with pytest.raises((ValidationError, InvalidInput), match="nowhere"):
        submit(using="nowhere")


# --------------------------------------------------------------------------------------- outbox


def test_what_was_asked_for(universal_ai: UniversalAI) -> None:
    first, second = submit(metadata={"order": 1, "page": 2}), submit("ocr/ocr_async/amazon")
    assert universal_ai.outbox == [first, second]
    assert universal_ai.posts == []
    assert universal_ai.assert_submitted("audio", metadata={"order": 1}) == first
    assert universal_ai.assert_submitted("*/ocr_async/*", input=INPUT) == second
    assert universal_ai.assert_submitted(count=2) == [first, second]


def test_an_assertion_says_what_there_was(universal_ai: UniversalAI) -> None:
    with pytest.raises(AssertionError, match="No job was asked for"):
        universal_ai.assert_submitted()
    submit(metadata={"order": 1})
    with pytest.raises(AssertionError) as told:
        universal_ai.assert_submitted("audio", metadata={"order": 2})
    assert "0 jobs fit 'audio', metadata={'order': 2}; 1 should." in str(told.value)
    assert f"{SPEECH!r} (pending): input={INPUT!r}, metadata={{'order': 1}}" in str(told.value)
    with pytest.raises(AssertionError, match="1 jobs fit"):
        universal_ai.assert_nothing_submitted()


# ----------------------------------------------------------------------------------------- time


def test_time_passes_for_rows(universal_ai: UniversalAI) -> None:
    job = submit()
    universal_ai.travel(hours=5)
    age = timezone.now() - now(job).requested_at
    assert timedelta(hours=5) <= age < timedelta(hours=5, minutes=10)
    with pytest.raises(ValueError, match="forward"):
        universal_ai.travel(hours=-1)


def test_a_run_ends_though_a_job_never_does(universal_ai: UniversalAI) -> None:
    universal_ai.on().succeed(only_by_webhook=True)
    job = submit()
    universal_ai.run(within=timedelta(minutes=10))
    assert now(job).status == "processing"
    assert timezone.now() - job.requested_at <= timedelta(minutes=12)


def test_receivers_are_called(universal_ai: UniversalAI) -> None:
    heard: list[Any] = []

    def receiver(job: UniversalAIJob, event_id: Any, **kwargs: Any) -> None:
        heard.append((job.pk, event_id))

    signal: Signal = signals.job_succeeded
    signal.connect(receiver, weak=False)
    try:
        job = submit()
        universal_ai.run()
    finally:
        signal.disconnect(receiver)
    assert [pk for pk, _ in heard] == [job.pk]


def test_a_receiver_that_fails_at_first_is_called_again(universal_ai: UniversalAI) -> None:
    calls: list[Any] = []

    def receiver(job: UniversalAIJob, **kwargs: Any) -> None:
        calls.append(job.pk)
        if len(calls) == 1:
            raise RuntimeError("not yet")

    signal: Signal = signals.job_failed
    signal.connect(receiver, weak=False)
    try:
        universal_ai.on().fail()
        submit()
        universal_ai.run()
    finally:
        signal.disconnect(receiver)
    assert len(calls) == 2


# ------------------------------------------------------------------------------------- around it


def test_the_settings_come_back(settings: Settings) -> None:
    before = settings.UNIVERSAL_AI
    with UniversalAI() as kit:
        assert before != settings.UNIVERSAL_AI
        submit()
        kit.run()
    assert before == settings.UNIVERSAL_AI


@pytest.mark.django_db(transaction=True)
def test_no_broker_is_asked(universal_ai: UniversalAI, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "amqp://127.0.0.1:9//"
    job = submit()  # commits, and would send a message
    universal_ai.run()
    assert now(job).status == "success"


@pytest.mark.django_db(transaction=True)
def test_eager_tasks_run(universal_ai: UniversalAI) -> None:
    assert tasks.submit_job  # as a project's Celery app finds it
    current_app.conf.task_always_eager = True
    try:
        job = submit()
    finally:
        current_app.conf.task_always_eager = False
    assert now(job).status == "processing"
    universal_ai.run()
    assert now(job).status == "success"


def test_a_moment_that_comes_while_nothing_is_due_is_not_missed(
    universal_ai: UniversalAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = change(submit(), due_at=timezone.now() + timedelta(minutes=1))
    real = engine.advance

    def too_early() -> int:
        monkeypatch.setattr(engine, "advance", real)
        universal_ai.travel(minutes=2)
        return 0

    monkeypatch.setattr(engine, "advance", too_early)
    universal_ai.run()
    assert now(job).status == "success"
