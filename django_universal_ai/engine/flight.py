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

#: Seconds between two calls of ``tend`` while requests are under way.
TEND_EVERY = 5.0


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

    def landed(self, timeout: float | None = None) -> Iterator[tuple[T, Future[Any]]]:
        """Wait until a call ended, or for ``timeout`` seconds; give what ended."""
        done, _ = wait(self._up, timeout, return_when=FIRST_COMPLETED)
        for future in done:
            yield self._up.pop(future), future


def fly(
    backend: BaseBackend,
    waiting: deque[T],
    stop_at: float,
    *,
    prepare: Callable[[T], Callable[[], Any] | None],
    land: Callable[[T, limits.Turn, Future[Any]], int],
    tend: Callable[[], object] = lambda: None,
) -> int:
    """Make a request for each of ``waiting``, as fast as the account allows, until ``stop_at``.

    ``prepare`` gives an item's call right before it leaves (``None``: not ours, skip it); ``land``
    stores what became of it, and may append to ``waiting``; ``tend`` is called every few seconds
    while requests are under way. What there is no time or no leave for stays in ``waiting``.
    Returns the sum of what ``land`` returned.
    """
    with Flight[tuple[T, limits.Turn]](backend.concurrency) as flight:
        try:
            return _fly(flight, backend, waiting, stop_at, prepare, land, tend)
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
    tend: Callable[[], object],
) -> int:
    turns: deque[limits.Turn] = deque()
    total = 0
    tend_at = time.monotonic() + TEND_EVERY
    while True:
        while turns and turns[0].is_stale:
            turns.popleft()
        in_time = time.monotonic() < stop_at
        if waiting and not turns and in_time:
            turns.extend(limits.take(backend, len(waiting)))
        able = bool(waiting and turns) and in_time and not flight.is_full
        if able and not turns[0].seconds_left:
            # Right before it leaves: a row is on the wire when its request is.
            if call := prepare(item := waiting.popleft()):
                flight.launch((item, turns.popleft()), call)
        elif able and flight.is_empty:
            turns[0].await_moment()
        elif flight.is_empty:
            return total
        else:
            pause = turns[0].seconds_left if able else TEND_EVERY
            for (item, turn), outcome in flight.landed(pause):
                total += land(item, turn, outcome)
                if isinstance(outcome.exception(), AccountRefused | RateLimited):
                    turns.clear()
            if time.monotonic() >= tend_at:
                tend()
                tend_at = time.monotonic() + TEND_EVERY
