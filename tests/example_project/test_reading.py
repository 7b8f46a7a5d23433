from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai.models import Status, UniversalAIJob
from example_project.documents.reading import LONELY, UNCERTAIN, pages_of, state_of
from example_project.documents.templatetags import documents as filters
from tests.rows import learned


def job(**fields: Any) -> UniversalAIJob:
    """A row that isn't saved."""
    model = "ocr/ocr_async/rapidocr"
    return UniversalAIJob(
        **{"requested_model": model, "feature": "ocr", "subfeature": "ocr_async"} | fields
    )


def page(*lines: str) -> dict[str, Any]:
    return {"lines": [{"text": line, "confidence": 1.0} for line in lines]}


def test_a_documents_text_comes_page_by_page() -> None:
    output = {"raw_text": "all", "pages": [page("a", "b"), page("c")], "number_of_pages": 2}
    assert pages_of(job(output=output)) == ["a\nb", "c"]


def test_a_provider_without_pages_has_its_raw_text_shown() -> None:
    assert pages_of(job(output={"raw_text": "all", "pages": [], "number_of_pages": 2})) == ["all"]


def test_no_output_is_no_page() -> None:
    assert pages_of(job()) == []


def test_an_output_that_is_not_known_is_shown_as_it_is() -> None:
    assert pages_of(job(output=["x"])) == ["['x']"]


def test_a_job_that_waits_long_asks_for_a_worker() -> None:
    state = state_of(job(requested_at=timezone.now() - timedelta(seconds=20)))
    assert (state.words, state.detail) == ("Waiting for a worker", LONELY)
    assert state_of(job()).detail == ""


def test_the_rows_note_says_why_it_waits() -> None:
    assert state_of(job(note="Out of credits.")).detail == "Out of credits."


@pytest.mark.django_db
def test_progress_is_told_in_percent() -> None:
    assert state_of(job(status=Status.PROCESSING, progress=0.5)).percent == 50
    assert state_of(job(status=Status.PROCESSING)).percent is None


@pytest.mark.parametrize(
    ("took", "age", "percent", "detail"),
    [
        (30, 10, 33, "About 20 seconds left"),
        (30, 28, 94, "Nearly there"),
        (600, 60, 10, "About 9 minutes left"),
        (40_000, 4000, 10, "About 10 hours left"),
        (30, 90, 99, ""),
    ],
)
@pytest.mark.django_db
def test_what_was_learned_tells_how_far_it_is(
    took: float, age: float, percent: int, detail: str
) -> None:
    learned("default", "ocr/ocr_async/rapidocr", [took] * 9)
    began = timezone.now() - timedelta(seconds=age)
    state = state_of(job(status=Status.PROCESSING, backend="default", submitted_at=began))
    assert state.percent == pytest.approx(percent, abs=2)
    assert state.detail == detail


def test_an_uncertain_job_is_explained() -> None:
    assert state_of(job(status=Status.UNCERTAIN)).detail == UNCERTAIN


def test_a_failure_without_words_says_so() -> None:
    assert state_of(job(status=Status.FAIL)).detail == "The service gave no reason."


@pytest.mark.parametrize(
    ("cost", "words"),
    [(None, "not known yet"), (Decimal("0E-12"), "free"), (Decimal("0.012500000000"), "0.0125")],
)
def test_costs_are_written_as_the_service_does(cost: Decimal | None, words: str) -> None:
    assert filters.credits(cost) == words


def test_times_are_short() -> None:
    assert filters.seconds(timedelta(seconds=1.26)) == "1.3 s"
    assert filters.seconds(None) == "running"
    assert filters.short_ago("2\xa0hours, 3\xa0minutes") == "2\xa0hours ago"
    assert filters.short_ago("0\xa0minutes") == "just now"
