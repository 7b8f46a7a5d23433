"""A job in the words of this site: how far it is, and what it read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.contract.features.ocr import OcrAsyncOutput
from django_universal_ai.models import Status, UniversalAIJob

WORDS = {
    Status.PENDING: "Waiting for a worker",
    Status.SUBMITTING: "Being sent",
    Status.UNCERTAIN: "Sent, but the answer got lost",
    Status.PROCESSING: "Working on it",
    Status.SUCCESS: "Done",
    Status.FAIL: "Didn't work",
}
UNCERTAIN = (
    "The service may have taken it, and asking twice could be billed twice. It is being looked "
    "for; staff can decide in the admin."
)
LONELY = "No worker took it yet. Is one running? celery -A example_project worker"
#: A worker takes a job within a second or two, unless all are busy.
LONELY_AFTER = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class State:
    """Where a job stands, for people."""

    words: str
    detail: str
    """One more sentence, or empty."""
    percent: int | None
    """How much is done; ``None`` where nobody can tell."""


def state_of(job: UniversalAIJob) -> State:
    """Where the job stands."""
    words = WORDS[Status(job.status)]
    if job.status != Status.PROCESSING:
        return State(words, _detail(job), None)
    ahead = job.outlook
    percent = None if ahead.progress is None else round(100 * ahead.progress)
    return State(words, job.note or _time_left(ahead.eta), percent)


def _detail(job: UniversalAIJob) -> str:
    if job.status == Status.FAIL:
        return failure_of(job)
    if job.status == Status.UNCERTAIN:
        return UNCERTAIN
    waits = job.status == Status.PENDING and timezone.now() - job.requested_at > LONELY_AFTER
    return job.note or (LONELY if waits else "")


def _time_left(eta: datetime | None) -> str:
    """How long it should still take, in words that stay true for a moment."""
    if eta is None:
        return ""
    seconds = (eta - timezone.now()).total_seconds()
    if seconds < 5:
        return "Nearly there"
    if seconds < 90:
        return f"About {round(seconds / 5) * 5} seconds left"
    if seconds < 5400:
        return f"About {round(seconds / 60)} minutes left"
    return f"About {round(seconds / 3600)} hours left"


def failure_of(job: UniversalAIJob) -> str:
    """Why the job failed, in the provider's words."""
    message = (job.error or {}).get("message")
    return str(message or "The service gave no reason.")


def pages_of(job: UniversalAIJob) -> list[str]:
    """The text, page by page; a recording's is one page."""
    result = job.result
    if isinstance(result, OcrAsyncOutput):
        pages = ["\n".join(line.text for line in page.lines) for page in result.pages]
        return pages if any(pages) else [result.raw_text]
    if isinstance(result, SpeechToTextOutput):
        return [result.text]
    return [] if result is None else [str(result)]


def note_about(job: UniversalAIJob) -> str:
    """What the host writes down about a job that ended."""
    if job.status == Status.FAIL:
        return f"{job.provider} couldn't read it. {failure_of(job)}"
    pages = pages_of(job)
    words = sum(len(page.split()) for page in pages)
    seconds = job.duration.total_seconds() if job.duration else 0
    where = f" on {len(pages)} pages" if len(pages) > 1 else ""
    plural = "" if words == 1 else "s"
    return f"{job.provider} found {words} word{plural}{where} in {seconds:.1f} s."
