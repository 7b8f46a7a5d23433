"""Features that read documents."""

from __future__ import annotations

from .base import Feature, FeatureInput, FeatureOutput, File, Listed


class OcrAsyncInput(FeatureInput):
    """A PDF or an image."""

    file: File


class BoundingBox(FeatureOutput):
    """A rectangle on the page."""

    left: float
    top: float
    width: float
    height: float


class Word(FeatureOutput):
    """A word and where it stands."""

    text: str
    bounding_box: BoundingBox
    confidence: float


class Line(FeatureOutput):
    """A line and its words."""

    text: str
    words: Listed[Word] = []
    bounding_box: BoundingBox | None = None
    confidence: float


class Page(FeatureOutput):
    """A page and its lines."""

    lines: Listed[Line] = []


class OcrAsyncOutput(FeatureOutput):
    """The text of a whole document, and where on its pages it stands."""

    raw_text: str
    pages: Listed[Page] = []
    number_of_pages: int


class OcrInput(FeatureInput):
    """A PDF or an image, and the language of its text."""

    file: File
    language: str


class TextBox(BoundingBox):
    """A piece of text and where it stands."""

    text: str


class OcrOutput(FeatureOutput):
    """The text of a document, and where it stands."""

    text: str
    bounding_boxes: Listed[TextBox] = []


OCR_ASYNC = Feature("ocr/ocr_async", "async", OcrAsyncInput, OcrAsyncOutput)
OCR = Feature("ocr/ocr", "sync", OcrInput, OcrOutput)
