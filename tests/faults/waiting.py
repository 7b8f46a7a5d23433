"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(
    condition: Callable[[], T],
    seconds: float,
    what: str,
    *,
    every: float = 0.1,
    instead: Callable[[], object] = lambda: "",
) -> T:
    """What ``condition`` gives once that is true.

    Fails after ``seconds``, saying ``what``, and what ``instead`` tells of the state then.
    """
    ends_at = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > ends_at:
            raise AssertionError(f"After {seconds:g} s still not: {what}. {instead()}")
        time.sleep(every)
    return value
