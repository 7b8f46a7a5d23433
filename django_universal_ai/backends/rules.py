"""What the values of options must be like, for Django's system checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Rule:
    """What an option must be, in words and as a test."""

    words: str
    holds: Callable[[Any], bool]
    #: Whether ``None`` will do as well.
    optional: bool = False

    def problem_of(self, value: Any) -> str | None:
        """What is wrong with a value; ``None`` where nothing is. The value isn't told."""
        if (self.optional and value is None) or self.holds(value):
            return None
        return f"must be {self.words}" + (", or None" if self.optional else "")


def _is_positive(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and value > 0 and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return type(value) is int and value > 0


def _are_names(value: Any) -> bool:
    is_several = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
    return is_several and all(isinstance(name, str) and name for name in value)


def is_root(value: Any) -> bool:
    """Whether it is where a site begins: with a scheme and a host, without a query."""
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return is_web and not (parts.query or parts.fragment or "@" in parts.netloc)
    except (AttributeError, TypeError, ValueError):
        return False


SECONDS = Rule("a positive number of seconds", _is_positive)
RATE = Rule("a positive number", _is_positive, optional=True)
COUNT = Rule("a positive whole number", _is_whole)
BYTES = Rule("a positive whole number of bytes", _is_whole)
SWITCH = Rule("True or False", lambda value: isinstance(value, bool))
TEXT = Rule("a text", lambda value: isinstance(value, str) and bool(value))
NAMES = Rule('a list of names, like ["google"]', _are_names)
ROOT = Rule('the root of a site, like "https://www.example.com"', is_root, optional=True)
