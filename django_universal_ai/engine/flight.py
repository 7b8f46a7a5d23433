"""Several requests under way at once, while one thread does all the database work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from django.db import Error

from .. import limits
from ..backends import BaseBackend
from ..exceptions import AccountRefused, RateLimited

T = TypeVar("T")


class Flight(Generic[T]):
    """Launch calls, at most ``width`` at a time, and take their outcomes as they land.

    ``width`` 1 calls in the launching thread, with no other thread at all.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._pool = ThreadPoolExecutor(width, "universal-ai") if width > 1 else None
        self._up: dict[Future[Any], T] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def is_full(self) -> bool:
        return len(self._up) >= self._width

    @property
    def is_empty(self) -> bool:
        return not self._up

    def launch(self, item: T, call: Callable[[], Any]) -> None:
        """Start ``call``; what it returns or raises lands with ``item``."""
        if self._pool is not None:
            self._up[self._pool.submit(call)] = item
            return
        future: Future[Any] = Future()
        try:
            future.set_result(call())
        except Exception as error:  # lands with its item, like any outcome
            future.set_exception(error)
        self._up[future] = item

    def landed(self) -> Iterator[tuple[T, Future[Any]]]:
        """Wait until at least one call ended; give what ended."""
        done, _ = wait(self._up, return_when=FIRST_COMPLETED)
        for future in done:
            yield self._up.pop(future), future


def fly(
    backend: BaseBackend,
    waiting: deque[T],
    stop_at: float,
    *,
    prepare: Callable[[T], Callable[[], Any] | None],
    land: Callable[[T, limits.Turn, Future[Any]], int],
) -> int:
    """Make a request for each of ``waiting``, as fast as the account allows, until ``stop_at``.

    ``prepare`` gives an item's call right before it leaves (``None``: not ours, skip it); ``land``
    stores what became of it, and may append to ``waiting``. What there is no time or no leave for
    stays in ``waiting``. Returns the sum of what ``land`` returned.
    """
    with Flight[tuple[T, limits.Turn]](backend.concurrency) as flight:
        try:
            return _fly(flight, backend, waiting, stop_at, prepare, land)
        except BaseException:
            # Whatever stopped us, what is up has an outcome that was paid for.
            while not flight.is_empty:
                for (item, turn), outcome in flight.landed():
                    with suppress(Error):
                        land(item, turn, outcome)
            raise


def _fly(
    flight: Flight[tuple[T, limits.Turn]],
    backend: BaseBackend,
    waiting: deque[T],
    stop_at: float,
    prepare: Callable[[T], Callable[[], Any] | None],
    land: Callable[[T, limits.Turn, Future[Any]], int],
) -> int:
    turns: deque[limits.Turn] = deque()
    total = 0
    while True:
        while waiting and not flight.is_full and time.monotonic() < stop_at:
            if not turns:
                turns.extend(limits.take(backend, len(waiting)))
            if not turns:
                break  # the gate is closed, or others use the whole rate
            if call := prepare(item := waiting.popleft()):
                turns[0].await_moment()
                flight.launch((item, turns.popleft()), call)
        if flight.is_empty:
            return total
        for (item, turn), outcome in flight.landed():
            total += land(item, turn, outcome)
            if isinstance(outcome.exception(), AccountRefused | RateLimited):
                turns.clear()
