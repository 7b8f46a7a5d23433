"""Naming many models at once."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(model: str, pattern: str) -> bool:
    """Whether a pattern names a model string.

    A pattern is a model string, the beginning of one (``ocr/ocr_async``), or has wildcards
    (``audio/*/google``). The empty one names all.
    """
    named = pattern in ("", model) or model.startswith(f"{pattern}/")
    return named or fnmatchcase(model, pattern)
