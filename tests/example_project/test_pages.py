from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.models import UniversalAIJob
from example_project.documents.pages import pages_of

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.05}


def job(*lines: dict[str, Any], raw_text: str = "all") -> UniversalAIJob:
    """A document's row that isn't saved, of one page."""
    output = {"raw_text": raw_text, "pages": [{"lines": lines}], "number_of_pages": 1}
    return UniversalAIJob(feature="ocr", subfeature="ocr_async", output=output)


def line(box: dict[str, float] | None, *words: str) -> dict[str, Any]:
    found = [{"text": word, "bounding_box": box, "confidence": 1.0} for word in words]
    text = " ".join(words) or "a whole line"
    return {"text": text, "words": found, "bounding_box": box, "confidence": 1.0}


def test_each_word_has_a_key_and_a_place() -> None:
    [page] = pages_of(job(line(BOX, "one", "two"), line(BOX, "three")))
    assert [word.key for word in page.words] == ["1-0-0", "1-0-1", "1-1-0"]
    assert page.boxed[1].box is not None
    assert page.boxed[1].box.left == 0.1


def test_a_line_whose_words_are_not_told_apart_is_one() -> None:
    [page] = pages_of(job(line(BOX)))
    assert [(word.text, word.key) for word in page.words] == [("a whole line", "1-0")]
    assert page.boxed


@pytest.mark.parametrize("wrong", [{"left": 120.0}, {"left": 0.8}, {"width": 0.0}, {"top": -1.0}])
def test_a_box_that_is_not_on_the_page_is_not_drawn(wrong: dict[str, float]) -> None:
    [page] = pages_of(job(line(BOX | wrong, "word")))
    assert [word.text for word in page.words] == ["word"]
    assert page.boxed == []


def test_text_without_pages_has_none() -> None:
    assert pages_of(job()) == []
    assert len(pages_of(job(raw_text=""))) == 1  # an empty page is shown as one
    assert pages_of(UniversalAIJob(feature="audio", subfeature="speech_to_text_async")) == []
