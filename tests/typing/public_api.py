"""What type checkers know of the public names. Never run: mypy and pyright read it."""

from __future__ import annotations

from typing import Any, assert_type

from django.contrib.auth.models import AbstractUser

from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.contract.features.base import FeatureOutput
from django_universal_ai.contract.features.ocr import OcrAsyncOutput
from django_universal_ai.contract.features.text import ModerationOutput
from django_universal_ai.exceptions import AlreadyActive, JobTimeout
from django_universal_ai.models import TypedJob, UniversalAIJob
from django_universal_ai.signals import on_failure, on_success
from django_universal_ai.testing import UniversalAI, UniversalAITestMixin
from example_project.documents.models import Document

URL = "https://example.com/a.mp3"
AnyOutput = FeatureOutput | dict[str, Any]


def a_literal() -> None:
    """The output of a feature whose model string is written into the code, remote or offline."""
    job = UniversalAIJob.objects.submit(
        model="audio/speech_to_text_async/openai", input={"file": URL}
    )
    assert_type(job, TypedJob[SpeechToTextOutput])
    assert_type(job.result, SpeechToTextOutput | None)
    if job.result:
        assert_type(job.result.text, str)
        assert_type(job.result.diarization.total_speakers, int)
    offline = UniversalAIJob.objects.submit(
        model="text/moderation/better-profanity", input={"text": "Hello"}
    )
    assert_type(offline.result, ModerationOutput | None)


def what_a_job_gives(job: TypedJob[OcrAsyncOutput]) -> None:
    """Its type stays with it."""
    assert_type(job.refresh(), TypedJob[OcrAsyncOutput])
    assert_type(job.wait(timeout=20), TypedJob[OcrAsyncOutput])
    assert_type(job.is_finished, bool)
    again = job.resubmit(model=None, using="default", idempotency_key="again", before_commit=print)
    assert_type(again, UniversalAIJob)
    whoever_takes_any(job)


def whoever_takes_any(job: UniversalAIJob) -> None:
    assert_type(job.result, AnyOutput | None)


def a_string_that_nobody_knows(provider: str) -> None:
    """A union, which ``isinstance`` narrows."""
    job = UniversalAIJob.objects.submit(model=f"ocr/ocr_async/{provider}", input={"file": URL})
    assert_type(job, UniversalAIJob)
    result = job.result
    assert_type(result, AnyOutput | None)
    if isinstance(result, OcrAsyncOutput):
        assert_type(result.raw_text, str)


def all_arguments(user: AbstractUser) -> None:
    job = UniversalAIJob.objects.submit(
        model="ocr/ocr_async/rapidocr",
        input={},
        files={"file": b"%PDF-"},
        provider_params={"text_layer": False},
        fallbacks=["ocr/ocr_async/mistral"],
        show_original_response=True,
        using="local",
        owner=user,
        content_object=user,
        metadata={"order": 7},
        idempotency_key="order-7",
        one_active="reading",
        priority=5,
    )
    assert_type(job.result, OcrAsyncOutput | None)


def from_the_database() -> None:
    job = UniversalAIJob.objects.get(pk="00000000-0000-4000-8000-000000000000")
    assert_type(job, UniversalAIJob)
    assert_type(job.result, AnyOutput | None)
    assert_type(UniversalAIJob.objects.uncertain().first(), UniversalAIJob | None)
    assert_type(UniversalAIJob.objects.submit_many([{"model": "m"}]), list[UniversalAIJob])


async def async_twins(upload: bytes) -> None:
    job = await UniversalAIJob.objects.asubmit(
        model="ocr/ocr_async/rapidocr", input={}, files={"file": upload}
    )
    assert_type(job.result, OcrAsyncOutput | None)
    assert_type(await job.arefresh(), TypedJob[OcrAsyncOutput])
    try:
        assert_type(await job.await_finished(20), TypedJob[OcrAsyncOutput])
    except JobTimeout as late:
        assert_type(await UniversalAIJob.objects.aget(pk=late.job_id), UniversalAIJob)


@on_success("ocr/ocr_async")
def keep(job: TypedJob[OcrAsyncOutput], event_id: object, **kwargs: Any) -> None:
    """A receiver says which output it expects."""
    assert_type(job.result, OcrAsyncOutput | None)


@on_failure()
async def tell(job: UniversalAIJob, event_id: object, **kwargs: Any) -> None:
    assert_type(job.result, AnyOutput | None)


def attached(document: Document) -> None:
    job = document.jobs.submit(model="ocr/ocr_async/rapidocr", input={"file": URL})
    assert_type(job.result, OcrAsyncOutput | None)
    assert_type(document.jobs.unfinished().count(), int)
    assert_type(document.jobs.first(), UniversalAIJob | None)
    try:
        document.jobs.submit(model="m", input={}, one_active=True)
    except AlreadyActive as busy:
        document.jobs.get(pk=busy.job_id)


class KitTest(UniversalAITestMixin):
    def test(self) -> None:
        assert_type(self.universal_ai, UniversalAI)
        self.universal_ai.on("ocr").rate_limit(retry_after=30).succeed({"raw_text": "Hello"})
        assert_type(self.universal_ai.outbox, list[UniversalAIJob])
        assert_type(self.universal_ai.run(), int)


def mistakes(job: TypedJob[OcrAsyncOutput]) -> None:
    """What they refuse. Where one stops to, the comment is one too many, which is an error."""
    UniversalAIJob.objects.submit(model="a/b/c")  # type: ignore[call-overload]  # pyright: ignore
    UniversalAIJob.objects.submit(model="a/b/c", input={}, prio=1)  # type: ignore[call-overload]  # pyright: ignore
    job.resubmit(metadata={})  # type: ignore[call-arg]  # pyright: ignore
    str(job.result.raw_text)  # type: ignore[union-attr]  # pyright: ignore  # may be None
