"""The pages of a read document: its words, and where each stands on the page's picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django_universal_ai.contract.features.ocr.ocr_async import Line, OcrAsyncOutput
from django_universal_ai.contract.features.ocr.ocr_async import Page as ReadPage
from django_universal_ai.contract.features.ocr.parts import BoundingBox
from django_universal_ai.models import UniversalAIJob


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a whole line where nobody told its words apart."""

    key: str
    """The same for the word in the text and for its box on the picture."""
    text: str
    box: BoundingBox | None
    """In fractions of the page's width and height."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, from top to bottom."""

    number: int
    lines: list[list[Word]]

    @property
    def words(self) -> Iterator[Word]:
        return (word for line in self.lines for word in line)

    @property
    def boxed(self) -> list[Word]:
        """The words that have a place on the picture."""
        return [word for word in self.words if word.box]


def pages_of(job: UniversalAIJob) -> list[Page]:
    """The pages of a document's job; empty where its provider doesn't tell pages apart."""
    result = job.result
    if not isinstance(result, OcrAsyncOutput):
        return []
    pages = [_page(number, page) for number, page in enumerate(result.pages, 1)]
    return [] if result.raw_text and not any(page.lines for page in pages) else pages


def _page(number: int, page: ReadPage) -> Page:
    lines = [_words(f"{number}-{place}", line) for place, line in enumerate(page.lines)]
    return Page(number, lines)


def _words(key: str, line: Line) -> list[Word]:
    if not line.words:
        return [Word(key, line.text, _on_page(line.bounding_box))]
    return [
        Word(f"{key}-{place}", word.text, _on_page(word.bounding_box))
        for place, word in enumerate(line.words)
    ]


def _on_page(box: BoundingBox | None) -> BoundingBox | None:
    """The box, if it is one: some providers tell pixels, and nobody knows of which size."""
    if box is None or not (box.width > 0 and box.height > 0):
        return None
    right, bottom = box.left + box.width, box.top + box.height
    inside = min(box.left, box.top) >= -0.01 and max(right, bottom) <= 1.01
    return box if inside else None
