"""One thing that the doctor found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How it is."""

    OK = "ok"
    #: Worth knowing; nothing is wrong.
    NOTE = "note"
    #: Something is wrong.
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Line:
    """What was found, and the way out."""

    mark: Mark
    what: str
    says: str
    way_out: str = ""


def one_line(error: Exception) -> str:
    """The beginning of what an error says."""
    return " ".join(str(error).split())[:300]
