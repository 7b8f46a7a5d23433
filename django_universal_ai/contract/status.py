"""The words that the wire has for a job's state."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """The documented states; a service may send others, which are kept as they are."""

    PROCESSING = "processing"
    SUCCESS = "success"
    FAIL = "fail"


_TERMINAL = frozenset({JobStatus.SUCCESS, JobStatus.FAIL})


def is_terminal(status: str) -> bool:
    """Whether a job in this state is over. A word that nobody knows is not an end."""
    return status in _TERMINAL
