"""What asking for jobs adds to a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..course import say
from ..host import counting
from ..stage import MODEL, Figures, stage

#: Statements of a transaction's own book-keeping.
_BRACKETS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@dataclass(frozen=True, slots=True)
class Size:
    jobs: int = 10_000


QUICK = Size(jobs=1000)


def polling(size: Size) -> Figures:
    """``submit()`` in a transaction, as with ``ATOMIC_REQUESTS``, and one ``submit_many()``."""
    with stage("app", f"submitting: {size.jobs} jobs") as made:
        web = made.web()
        web.call("submit_one", model=MODEL)
        one = web.call("submit_one", model=MODEL)
        queries = [text for text in one["statements"] if not text.startswith(_BRACKETS)]
        before = counting.total(made.folder)
        many = web.call("submit", count=size.jobs, model=MODEL)
        figures = {
            "submit_queries": float(len(queries)),
            "submit_statements": float(len(one["statements"])),
            "submit_messages": float(one["messages"]),
            "submit_many_seconds": web.seconds,
            "submit_many_queries": float(counting.total(made.folder) - before),
            "submit_many_messages": float(many["messages"]),
            "jobs": float(size.jobs),
        }
        say(figures)
        return figures


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {"polling": polling}
