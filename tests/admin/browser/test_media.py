"""Players and viewers on the page of a job, under a strict policy."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.admin.conftest import url_of
from tests.rows import make_job

from .conftest import PHONE, Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAMPLES = Path(__file__).parents[3] / "example_project" / "samples"


def read(sample: str, **fields: Any) -> UniversalAIJob:
    """A job that has read a sample."""
    job = make_job("success", **fields)
    file = UniversalAIFile.objects.store(SAMPLES / sample)
    JobFile.objects.create(job=job, file=file, field="file")
    return job


def until(page: Page, script: str) -> None:
    """Wait until a script says so. Playwright's own way of it needs a laxer policy."""
    deadline = time.monotonic() + 30
    while not page.evaluate(script):
        assert time.monotonic() < deadline, script
        page.wait_for_timeout(50)


def entry(speaker: int, segment: str, start: str) -> dict[str, object]:
    return {"segment": segment, "start_time": start, "speaker": speaker}


def test_a_recording_plays_from_where_one_likes(open_page: Open) -> None:
    entries = [entry(1, "Please call me", "0.2"), entry(2, "tomorrow morning", "1.25")]
    talk = {"text": "all", "diarization": {"total_speakers": 2, "entries": entries}}
    page = open_page(url_of(read("speech.wav", output=talk)), is_strict=True)
    audio = page.locator("audio")
    until(page, "document.querySelector('audio').readyState >= 1")
    assert audio.evaluate("player => player.duration") > 1
    audio.evaluate("player => { player.currentTime = player.duration - 0.2 }")
    until(page, "!document.querySelector('audio').seeking")
    assert audio.evaluate("player => player.error") is None
    page.get_by_role("link", name="0:01").click()
    assert page.url.endswith("/content/#t=1.25")


def test_a_document_has_its_pages_with_boxes_and_a_viewer(open_page: Open) -> None:
    box = {"left": 0.1, "top": 0.1, "width": 0.8, "height": 0.05}
    words = [{"text": "Minutes", "bounding_box": box, "confidence": 1}]
    pages = {"raw_text": "Minutes", "pages": [{"lines": [{"text": "Minutes", "words": words}]}] * 2}
    job = read("scan.pdf", feature="ocr", subfeature="ocr_async", output=pages)
    page = open_page(url_of(job), is_strict=True, viewport=PHONE)
    sheet = page.locator(".uai-sheet").first
    sheet.scroll_into_view_if_needed()
    until(page, "document.querySelector('.uai-sheet img').naturalWidth > 0")
    outer, inner = sheet.bounding_box(), sheet.locator("rect").bounding_box()
    assert outer
    assert inner
    assert inner["x"] - outer["x"] == pytest.approx(outer["width"] * 0.1, abs=3)
    assert inner["width"] == pytest.approx(outer["width"] * 0.8, abs=3)
    assert inner["height"] == pytest.approx(outer["height"] * 0.05, abs=3)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_text("Page 2", exact=True).click()
    until(page, "document.querySelectorAll('.uai-sheet img')[1].naturalWidth > 0")

    def is_document(answer: Response) -> bool:
        return answer.url.endswith("/content/")

    with page.expect_response(is_document) as answer:
        page.get_by_text("Show the document").click()
    assert answer.value.headers["content-type"] == "application/pdf"
