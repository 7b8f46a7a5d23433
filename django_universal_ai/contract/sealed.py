"""Data that tracebacks, debug pages and error reports show nothing of.

Those print the variables of each frame. What goes over the wire holds our tokens and signed links;
in these types it can be used as always, and is shown as ``<sealed>``.
"""

from __future__ import annotations

from typing import Any


class _Sealed:
    def __repr__(self) -> str:
        return "<sealed>"

    # Sentry looks into dictionaries and bytes unless they say what to show instead.
    __sentry_repr__ = __repr__


class SealedDict(_Sealed, dict[str, Any]):
    """A dictionary."""


class SealedList(_Sealed, list[Any]):
    """A list."""


class SealedStr(_Sealed, str):
    """A text."""


class SealedBytes(_Sealed, bytes):
    """Bytes."""
