"""From pydantic's errors to the one that names the first wrong field."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from ..exceptions import InvalidInput


def dotted(loc: Sequence[int | str]) -> str:
    """``("input", "pages", 0)`` as ``"input.pages.0"``."""
    return ".".join(str(part) for part in loc)


def invalid_input(error: ValidationError, prefix: tuple[str, ...] = ()) -> InvalidInput:
    """The first problem of a validation; ``prefix`` says where in the request its data was."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return InvalidInput(dotted((*prefix, *first["loc"])) or "request", first["msg"])
