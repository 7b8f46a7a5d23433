"""Texts of known outputs."""

from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.admin.readable import MOST_SHOWN, text_of


@pytest.mark.parametrize(
    ("name", "output", "text"),
    [
        ("audio/speech_to_text_async", {"text": "hello"}, "hello"),
        ("ocr/ocr", {"text": "page"}, "page"),
        ("ocr/ocr_async", {"raw_text": "pages \ud800"}, "pages \\ud800"),
        ("ocr/ocr_async", {"raw_text": 5}, ""),
        ("ocr/ocr_async", ["odd"], ""),
        ("ocr/ocr_async", None, ""),
        ("text/moderation", {"text": "hello"}, ""),
        ("ocr/ocr", {"text": "x" * (MOST_SHOWN + 1)}, "x" * MOST_SHOWN + "…"),
    ],
)
def test_text(name: str, output: Any, text: str) -> None:
    assert text_of(name, output) == text
