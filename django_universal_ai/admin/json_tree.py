"""JSON as a tree that folds, made of nothing but escaped text and ``<details>``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from ..contract import redact
from ..contract.redaction import REDACTED

#: Children of one object or list that are shown.
MOST_CHILDREN = 300
#: Levels that fold; what lies deeper is written in one line.
MOST_LEVELS = 24
#: Levels that are unfolded at first, where they are short.
OPEN_LEVELS = 3
OPEN_CHILDREN = 20
#: A list or object of numbers that is shorter is written in one line.
SHORT = 100
#: What is no text but a file as base64, and the characters of it that are shown.
_DATA = re.compile(r"[A-Za-z0-9+/_-]{1000,}={0,2}")
MOST_DATA = 20


def tree(value: Any, *, hides_named_secrets: bool = False) -> SafeString:
    """The value as HTML. ``hides_named_secrets`` also hides what is called a key or a token."""
    return format_html(
        '<ul class="uai-json">{}</ul>', _item(SafeString(""), value, 0, hides_named_secrets)
    )


def without_data(text: str) -> str:
    """The text with no more than the beginnings of files that it holds as base64."""
    return _DATA.sub(_beginning, text)


def _beginning(found: re.Match[str]) -> str:
    count = len(found[0])
    words = ngettext("(%(count)d character)", "(%(count)d characters)", count) % {"count": count}
    return f"{found[0][:MOST_DATA]}… {words}"


def printable(text: str) -> str:
    """The text as every encoder takes it: halves of surrogate pairs are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _item(name: SafeString, value: Any, level: int, hides: bool) -> SafeString:
    if not isinstance(value, dict | list) or not value:
        return format_html("<li>{}{}</li>", name, _leaf(value))
    if level >= MOST_LEVELS or _is_short(value):
        return format_html("<li>{}{}</li>", name, _line(value))
    return format_html(
        "<li><details{}><summary>{}{}</summary><ul>{}{}</ul></details></li>",
        SafeString(" open" if _starts_open(value, level) else ""),
        name,
        _size(value),
        _join(_children(value, level + 1, hides)),
        _rest(value),
    )


def _children(value: Any, level: int, hides: bool) -> Iterator[SafeString]:
    if isinstance(value, list):
        for place, child in enumerate(value[:MOST_CHILDREN]):
            yield _item(_span("index", f"{place}: "), child, level, hides)
        return
    for key, child in list(value.items())[:MOST_CHILDREN]:
        secret = hides and isinstance(child, str) and child and _names_a_secret(key)
        name = format_html("{}: ", _span("key", printable(key)))
        yield _item(name, REDACTED if secret else child, level, hides)


def _leaf(value: Any) -> SafeString:
    if isinstance(value, str):
        shown = redact(without_data(value))
        return _span("string", printable(json.dumps(shown, ensure_ascii=False)))
    return _span("constant", json.dumps(value))


def _line(value: Any) -> SafeString:
    return _span("constant", redact(json.dumps(value)))


def _is_short(value: Any) -> bool:
    """Whether it holds a few numbers only, like a bounding box."""
    inside = list(value.values() if isinstance(value, dict) else value)
    plain = all(isinstance(child, int | float) or child is None for child in inside)
    return plain and len(inside) <= SHORT and len(json.dumps(value)) <= SHORT


def _starts_open(value: Any, level: int) -> bool:
    return level == 0 or (level < OPEN_LEVELS and len(value) <= OPEN_CHILDREN)


def _size(value: Any) -> SafeString:
    count = len(value)
    if isinstance(value, dict):
        words = ngettext("{%(count)d key}", "{%(count)d keys}", count)
    else:
        words = ngettext("[%(count)d item]", "[%(count)d items]", count)
    return _span("size", words % {"count": count})


def _rest(value: Any) -> SafeString:
    left = len(value) - MOST_CHILDREN
    if left <= 0:
        return SafeString("")
    words = ngettext("… and %(count)d more", "… and %(count)d more", left) % {"count": left}
    return format_html('<li class="uai-json-more">{}</li>', words)


def _span(kind: str, text: str) -> SafeString:
    return format_html('<span class="uai-json-{}">{}</span>', kind, text)


def _join(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


@lru_cache(maxsize=1024)
def _names_a_secret(key: str) -> bool:
    return redact(f"{key}=x") != f"{key}=x"
