"""What stands in for :mod:`.spans` and :mod:`.meters` without the extra ``[otel]``: nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..models import UniversalAIJob

_NOTHING = nullcontext()


def install() -> None:
    """Nobody listens."""


def span(step: str, job: UniversalAIJob, **attributes: str) -> AbstractContextManager[None]:
    return _NOTHING


def within(step: str, job: UniversalAIJob, call: Callable[[], Any]) -> Callable[[], Any]:
    return call


def traceparent() -> str:
    return ""


def headers() -> dict[str, str]:
    return {}


def count_request(backend: str, error: Exception | None) -> None:
    """Nobody counts."""
