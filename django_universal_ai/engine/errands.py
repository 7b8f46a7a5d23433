"""Work that other apps hook into the engine's passes.

An app above the engine has rows of its own that fall due, and needs no beat either: it registers
here, in ``AppConfig.ready``, how to tell whether something is due and how to get it going.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error

logger = logging.getLogger("django_universal_ai")


@dataclass(frozen=True, slots=True)
class Errand:
    """Both are called about once a second, between requests: what takes long goes elsewhere."""

    has_due: Callable[[], bool]
    #: Returns how many steps were made.
    run_due: Callable[[], int]


_errands: dict[str, Errand] = {}


def register(name: str, errand: Errand) -> None:
    """Let every pass of the engine run ``errand``; the same name again takes its place."""
    _errands[name] = errand


def has_due() -> bool:
    """Whether somebody's work waits."""
    return any(errand.has_due() for errand in _errands.values())


def run_due() -> int:
    """Run what is due. Trouble of one isn't the others', nor the engine's."""
    moved = 0
    for name, errand in _errands.items():
        try:
            if errand.has_due():
                moved += errand.run_due()
        except Error:
            raise
        except Exception:
            logger.exception("errand %r failed", name)
    return moved
