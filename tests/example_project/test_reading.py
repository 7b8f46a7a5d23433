from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from django_universal_ai.models import Status, UniversalAIJob
from example_project.documents.reading import failure_of, texts_of
from example_project.documents.templatetags import documents as filters


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
    assert texts_of(job(output=output)) == ["a\nb", "c"]


def test_a_provider_without_pages_has_its_raw_text_shown() -> None:
    assert texts_of(job(output={"raw_text": "all", "pages": [], "number_of_pages": 2})) == ["all"]


def test_no_output_is_no_page() -> None:
    assert texts_of(job()) == []


def test_an_output_that_is_not_known_is_shown_as_it_is() -> None:
    assert texts_of(job(output=["x"])) == ["['x']"]


def test_a_failure_without_words_says_so() -> None:
    assert failure_of(job(status=Status.FAIL)) == "The service gave no reason."


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
