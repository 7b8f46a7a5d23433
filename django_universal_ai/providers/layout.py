"""Text on pages, in the shape that the OCR features answer with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the page's width and height, from its top left corner."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def around(cls, points: Iterable[tuple[float, float]]) -> Box:
        """The smallest upright rectangle around points; what lies off the page is cut off."""
        across, down = zip(*points, strict=True)
        left, right = clamp(min(across)), clamp(max(across))
        top, bottom = clamp(min(down)), clamp(max(down))
        size = round(right - left, DIGITS), round(bottom - top, DIGITS)
        return cls(round(left, DIGITS), round(top, DIGITS), *size)

    def corners(self) -> list[tuple[float, float]]:
        """The top left and the bottom right corner."""
        return [(self.left, self.top), (self.left + self.width, self.top + self.height)]


@dataclass(frozen=True, slots=True)
class Word:
    """One word; the confidence is 0..1."""

    text: str
    bounding_box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, left to right."""

    text: str
    words: list[Word] = field(default_factory=list)
    bounding_box: Box | None = None
    confidence: float = 1.0


#: The lines of one page, in reading order.
Page = list[Line]

#: Decimals that are kept of a fraction: finer than a pixel of any page.
DIGITS = 5


def clamp(value: float) -> float:
    """The nearest value within 0..1."""
    return min(max(value, 0.0), 1.0)


def text_of(pages: list[Page]) -> str:
    """All text: a line break after each line, an empty line between pages."""
    return "\n\n".join("\n".join(line.text for line in page) for page in pages)


def document_output(pages: list[Page]) -> dict[str, Any]:
    """The output of ``ocr/ocr_async``."""
    return {
        "raw_text": text_of(pages),
        "pages": [{"lines": [asdict(line) for line in page]} for page in pages],
        "number_of_pages": len(pages),
    }


def text_output(pages: list[Page]) -> dict[str, Any]:
    """The output of ``ocr/ocr``: the words of all pages, each box relative to its own page."""
    words = [word for page in pages for line in page for word in line.words]
    boxes = [{"text": word.text, **asdict(word.bounding_box)} for word in words]
    return {"text": text_of(pages), "bounding_boxes": boxes}
