"""What a refusal says, in one line that may be shown and logged."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from .html_text import html_text
from .redaction import redact
from .validation import dotted

_READ = 4_096
"""So many characters are worth reading: a page's title stands at its top, and a hostile page
takes the HTML parser quadratic time."""


class ErrorDetail(BaseModel):
    """One problem in the ``detail`` list of a 422; ``str()`` is ``body.input.file: why``."""

    model_config = ConfigDict(extra="allow")

    loc: list[int | str] = []
    msg: str
    type: str = ""

    def __str__(self) -> str:
        return f"{dotted(self.loc)}: {self.msg}" if self.loc else self.msg


def describe_error(
    status: int, content_type: str, body: bytes, limit: int = 500, *, secrets: Iterable[str] = ()
) -> str:
    """Say in one line of at most ``limit`` characters what an error response says.

    Reads the service's own forms (a 422's list of details; ``detail`` with ``error_code``), other
    JSON, HTML and plain text. The line holds no control characters, nothing that looks like a
    secret, none of ``secrets``, and is never empty: a response without words is described by its
    status.
    """
    text = body.decode(errors="replace").strip()
    said = _from_json(text)
    if said is None:
        said = _from_text(text[:_READ], content_type)
    line = redact(_one_line(said[:_READ]), secrets) or _phrase(status)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _from_json(text: str) -> str | None:
    try:
        return _describe(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _describe(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "; ".join(filter(None, map(_describe_item, data)))
    if not isinstance(data, dict):
        return ""
    for key in ("detail", "error", "message", "msg"):
        if words := _describe(data.get(key)):
            return words + _code(data)
    return json.dumps(data, ensure_ascii=False) if data else ""


def _describe_item(item: Any) -> str:
    try:
        return str(ErrorDetail.model_validate(item))
    except ValidationError:
        return _describe(item)


def _code(data: dict[str, Any]) -> str:
    code = data.get("error_code") or data.get("code")
    return f" ({code})" if isinstance(code, str | int) else ""


def _from_text(text: str, content_type: str) -> str:
    is_page = "html" in content_type.lower() or text.startswith("<")
    return html_text(text) if is_page else text


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}, without a word of explanation"
    except ValueError:
        return f"status {status}, without a word of explanation"
