"""Calls that are made in threads."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Self

from ..exceptions import TurnMissed
from .sources import Landing, Source

#: Seconds that a request must take for each further one to be under way: when answers come at
#: once, more threads would only get into each other's way.
LATENCY_PER_THREAD = 0.005

#: One call: whose it is, where its outcome goes, and what to do.
Task = tuple[Source[Any], Landing[Any], Callable[[], Any]]


class Crew:
    """Makes calls in threads, at most ``width`` at a time; 1 calls in the calling thread.

    A bare queue rather than an executor, whose futures cost nearly as much as a short request.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        #: What the threads are to do; ``None`` ends one.
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._done: SimpleQueue[tuple[Source[Any], Landing[Any]]] = SimpleQueue()
        self._latency = 0.0
        self._launched_at = 0.0
        self.up = 0
        self.paid_up = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    @property
    def room_in(self) -> float:
        """Seconds until there is room for another call; 0 where there is some now."""
        if self.up >= self._width:
            return math.inf
        silent = time.monotonic() - self._launched_at
        return max(0.0, self.up * LATENCY_PER_THREAD - max(self._latency, silent))

    @property
    def is_full(self) -> bool:
        return self.room_in > 0

    def launch(self, source: Source[Any], landing: Landing[Any], call: Callable[[], Any]) -> None:
        """Start ``call``; what it returns or raises lands."""
        if self._width > 1 and self.up == len(self._threads):
            self._hire()
        self.up += 1
        self.paid_up += source.is_paid
        self._launched_at = time.monotonic()
        if self._threads:
            self._tasks.put((source, landing, call))
        else:
            self._call(source, landing, call)

    def _hire(self) -> None:
        thread = Thread(target=self._work, name=f"universal-ai_{len(self._threads)}")
        thread.start()
        self._threads.append(thread)

    def _work(self) -> None:
        while task := self._tasks.get():
            self._call(*task)

    def _call(self, source: Source[Any], landing: Landing[Any], call: Callable[[], Any]) -> None:
        began = time.monotonic()
        try:
            if landing.turn.is_stale:
                # The machine is busy, or the database was slow. The others keep to their moments.
                raise TurnMissed("The request's moment went by before it could leave.")
            landing.value = call()
        except BaseException as error:  # lands with its item, like any outcome
            landing.error = error
        self._latency += 0.1 * (time.monotonic() - began - self._latency)
        self._done.put((source, landing))

    def landed(self, timeout: float) -> tuple[Source[Any], Landing[Any]] | None:
        """The next call that ended, awaited for up to ``timeout`` seconds."""
        try:
            source, landing = self._done.get(timeout > 0, timeout if timeout > 0 else None)
        except Empty:
            return None
        self.up -= 1
        self.paid_up -= source.is_paid
        return source, landing
