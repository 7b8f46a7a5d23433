"""The feature that reads tables in documents."""

from __future__ import annotations

from .base import Feature, FeatureInput, FeatureOutput, File, Listed
from .ocr import BoundingBox


class OcrTablesInput(FeatureInput):
    """A PDF or an image."""

    file: File


class Cell(FeatureOutput):
    """A cell, where it stands in its table and on the page."""

    text: str
    row_index: int
    col_index: int
    row_span: int
    col_span: int
    confidence: float
    bounding_box: BoundingBox
    is_header: bool | None = None


class Row(FeatureOutput):
    """A row of a table."""

    cells: Listed[Cell] = []


class Table(FeatureOutput):
    """A table and its size."""

    rows: Listed[Row] = []
    num_rows: int
    num_cols: int


class TablesPage(FeatureOutput):
    """A page and its tables."""

    tables: Listed[Table] = []


class OcrTablesOutput(FeatureOutput):
    """The tables of a whole document."""

    pages: Listed[TablesPage] = []
    num_pages: int


OCR_TABLES_ASYNC = Feature("ocr/ocr_tables_async", "async", OcrTablesInput, OcrTablesOutput)
