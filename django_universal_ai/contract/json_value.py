"""Whether a value can be sent as JSON and stored by every database."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .validation import dotted

MAX_DEPTH = 200
"""Levels of nesting; orjson writes no more than 254, databases and Python have limits as well."""

_Path = tuple[int | str, ...]


def json_problem(value: Any) -> str | None:
    """Say where and why ``value`` can't be sent and stored as JSON; ``None`` when it can.

    NaN, infinity, NUL and halves of surrogate pairs pass in one place and are refused in the
    next: some parsers read them, PostgreSQL's ``jsonb`` doesn't store them.
    """
    rest: list[tuple[_Path, Any]] = [((), value)]
    while rest:
        path, part = rest.pop()
        if problem := _problem_of(part, depth=len(path)):
            return f"{dotted(path[:8])} {problem}".lstrip()
        rest.extend(((*path, key), child) for key, child in _children(part))
    return None


def _children(value: Any) -> Iterable[tuple[int | str, Any]]:
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, list | tuple):
        return enumerate(value)
    return ()


def _problem_of(value: Any, depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return f"is nested deeper than {MAX_DEPTH} levels"
    if isinstance(value, dict):
        return next(filter(None, map(_key_problem, value)), None)
    if isinstance(value, str):
        return _text_problem(value)
    if isinstance(value, float):
        return None if math.isfinite(value) else f"is {value}, for which JSON has no number"
    if value is None or isinstance(value, int | list | tuple):
        return None
    return f"is of type {type(value).__name__}, which JSON doesn't have"


def _key_problem(key: Any) -> str | None:
    if not isinstance(key, str):
        return f"has the key {key!r}, which is not a string"
    problem = _text_problem(key)
    return f"has the key {key!r}, which {problem}" if problem else None


def _text_problem(text: str) -> str | None:
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return None
