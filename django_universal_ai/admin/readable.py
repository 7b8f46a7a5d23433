"""The answers that are texts, as texts."""

from __future__ import annotations

from typing import Any

from .json_tree import printable

#: Which key of the output holds the text.
TEXTS = {
    "audio/speech_to_text_async": "text",
    "ocr/ocr": "text",
    "ocr/ocr_async": "raw_text",
}
#: Characters that are shown.
MOST_SHOWN = 20_000


def text_of(name: str, output: Any) -> str:
    """The recognised text of a known feature's output; empty where there is none."""
    key = TEXTS.get(name)
    text = output.get(key) if key and isinstance(output, dict) else None
    if not isinstance(text, str):
        return ""
    shown = printable(text[:MOST_SHOWN])
    return f"{shown}…" if len(text) > MOST_SHOWN else shown
