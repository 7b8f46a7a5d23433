"""Where requests come from: jobs to send, jobs to look at, costs to fill in."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .. import limits
from ..backends import BaseBackend
from ..exceptions import BackendError

logger = logging.getLogger("django_universal_ai")

T = TypeVar("T")
Row = TypeVar("Row")

#: Rows that a source takes from the table at once: for so many seconds of the account's rate, as
#: others may want their part of it, and within these bounds.
CHUNK_SECONDS, SMALLEST, LARGEST = 0.5, 4, 100


@dataclass(slots=True)
class Landing(Generic[T]):
    """What became of one request."""

    item: T
    turn: limits.Turn
    value: Any = None
    error: BaseException | None = None

    def result(self) -> Any:
        """What the call returned, or the exception that it raised."""
        if self.error is not None:
            raise self.error
        return self.value


class Source(Generic[T]):
    """Requests of one kind to one backend, one after the other."""

    #: Asked for only when no other source has anything.
    is_patient = False
    #: Requests that it may make before the others have their turn.
    weight = 1
    #: Its requests are paid, so no receiver of a signal may run while one is under way.
    is_paid = False

    def backlog(self) -> int:
        """How many requests could leave now; 0 where there is nothing to do."""
        raise NotImplementedError

    def next(self) -> tuple[T, Callable[[], Any]] | None:
        """The next request's item and call, its row changed for it. ``None``: it wasn't ours."""
        raise NotImplementedError

    def land(self, landings: Sequence[Landing[T]]) -> int:
        """Store what became of some requests; returns how many jobs moved."""
        raise NotImplementedError

    def tend(self) -> None:
        """Called every few seconds while requests are under way."""

    def close(self) -> None:
        """Give back what there was no time for."""

    @property
    def must_go_on(self) -> bool:
        """Whether it can't stop just now, though time is up."""
        return False


class TableSource(Source[T], Generic[T, Row]):
    """Requests for rows of the table, some of which are taken at a time."""

    #: Seconds until the table is looked at again that held nothing more.
    again = 0.5

    def __init__(self, waiting: Iterable[Row] = ()) -> None:
        self._waiting = deque(waiting)
        self._refill_at = 0.0

    def backlog(self) -> int:
        if self._wants_more() and time.monotonic() >= self._refill_at:
            self._refill_at = time.monotonic() + self.again
            if self._refill():
                self._refill_at = 0.0
        return len(self._waiting)

    def _wants_more(self) -> bool:
        return not self._waiting

    def _refill(self) -> bool:
        """Take some rows, if there are any. Says whether there may be more of them."""
        raise NotImplementedError


@contextmanager
def asked(backend: BaseBackend, turn: limits.Turn) -> Iterator[None]:
    """Around a request that costs nothing, as :func:`~django_universal_ai.limits.minded`.

    Whatever else a backend raises becomes a ``BackendError``: one that breaks over one job must
    hold up no other, least of all one whose paid request has just been answered.
    """
    try:
        with limits.minded(backend, turn):
            yield
    except BackendError:
        raise
    except Exception as error:
        logger.error("backend %r broke while it was asked", backend.alias, exc_info=error)
        raise BackendError(str(error) or type(error).__name__) from error


def chunk_size(backend: BaseBackend) -> int:
    """How many rows a source should take from the table at once."""
    rate = backend.rate_limit
    return LARGEST if rate is None else int(min(LARGEST, max(SMALLEST, CHUNK_SECONDS * rate)))
