"""A job in the words of this site: what it read, or why it couldn't."""

from __future__ import annotations

from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.contract.features.ocr import OcrAsyncOutput
from django_universal_ai.models import Status, UniversalAIJob


def failure_of(job: UniversalAIJob) -> str:
    """Why the job failed, in the provider's words."""
    message = (job.error or {}).get("message")
    return str(message or "The service gave no reason.")


def texts_of(job: UniversalAIJob) -> list[str]:
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
    pages = texts_of(job)
    words = sum(len(page.split()) for page in pages)
    seconds = job.duration.total_seconds() if job.duration else 0
    where = f" on {len(pages)} pages" if len(pages) > 1 else ""
    plural = "" if words == 1 else "s"
    return f"{job.provider} found {words} word{plural}{where} in {seconds:.1f} s."
