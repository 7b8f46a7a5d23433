"""What ``universal_ai doctor`` looks at, one module for each subject.

A subject has ``lines()``: what it found, each line with the way out where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import accounts, database, jobs, providers, settings, storage, webhooks, workers
from .line import Line, Mark, one_line

__all__ = ["Line", "Mark", "lines"]

#: In this order; those from the third on read tables.
_SUBJECTS = (settings, database, workers, accounts, jobs, webhooks, providers, storage)
_NEED_NO_TABLES = (settings, database, providers)


def lines(*, ask_service: bool) -> Iterator[Line]:
    """All that there is to say; nothing that goes wrong on the way ends it."""
    is_able = True
    for subject in _SUBJECTS:
        name = subject.__name__.rpartition(".")[2]
        if not is_able and subject not in _NEED_NO_TABLES:
            yield Line(Mark.NOTE, name, "not looked at", "Mend the database first.")
            continue
        try:
            found = list(accounts.lines(ask_service) if subject is accounts else subject.lines())
        except Exception as error:  # it is here to find out
            said = one_line(error)
            found = [Line(Mark.LOOK, name, f"can't be looked at: {type(error).__name__}: {said}")]
        yield from found
        if subject is database:
            is_able = all(line.mark != Mark.LOOK for line in found)
