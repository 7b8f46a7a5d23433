"""Several requests under way at once, while one thread does all the database work.

What is to be asked for comes from *sources*: jobs to send, jobs to look at, costs to fill in. They
share the account's turns, and what became of their requests is stored in batches.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from django.db import Error

from .. import limits
from ..backends import BaseBackend
from ..exceptions import AccountRefused, RateLimited, TurnMissed

T = TypeVar("T")
Row = TypeVar("Row")

#: Seconds between two calls of ``tend`` while requests are under way.
TEND_EVERY = 5.0
#: Outcomes that are stored in one transaction, at most, and seconds that one waits for others. So
#: much may be lost with its process; what was paid is never waited for longer than it was sent.
TOGETHER = 16
GATHER = 0.05
#: Seconds that a request must take for each further one to be under way: when answers come at
#: once, more threads would only get into each other's way.
LATENCY_PER_THREAD = 0.005
#: Rows that a source takes from the table at once: for so many seconds of the account's rate, as
#: others may want their part of it, and within these bounds.
CHUNK_SECONDS, SMALLEST, LARGEST = 0.5, 4, 100
#: Seconds until an account that others use is asked for turns again, at least.
SHORTEST_WAIT = 0.02
#: Seconds between two looks at what else is to be done, by whether it can be done at any time.
ERRANDS_EVERY, CHORES_EVERY = 1.0, 0.5


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


def chunk_size(backend: BaseBackend) -> int:
    """How many rows a source should take from the table at once."""
    rate = backend.rate_limit
    return LARGEST if rate is None else int(min(LARGEST, max(SMALLEST, CHUNK_SECONDS * rate)))


class Crew:
    """Makes calls in threads, at most ``width`` at a time; 1 calls in the calling thread."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._pool = ThreadPoolExecutor(width, "universal-ai") if width > 1 else None
        self._done: SimpleQueue[tuple[Source[Any], Landing[Any]]] = SimpleQueue()
        self._latency = 0.0
        self._launched_at = 0.0
        self.up = 0
        self.paid_up = 0

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
        self.up += 1
        self.paid_up += source.is_paid
        self._launched_at = time.monotonic()
        if self._pool is None:
            self._call(source, landing, call)
        else:
            self._pool.submit(self._call, source, landing, call)

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


def fly(
    backend: BaseBackend,
    sources: Sequence[Source[Any]],
    stop_at: float,
    *,
    waits: bool = True,
    chores: Callable[[], int] = lambda: 0,
    errands: Callable[[], bool] = lambda: False,
    run_errands: Callable[[], int] = lambda: 0,
) -> int:
    """Make the requests of ``sources``, as fast as the account allows, until ``stop_at``.

    Sources take turns; a patient one waits until the others have nothing. ``waits``: for turns as
    well, while others have taken those that come next. ``chores`` are done twice a second
    meanwhile. ``errands`` says about once a second whether something else is to be done, which
    ``run_errands`` does when nothing that is paid is under way. Returns how many jobs moved.
    """
    backend.warm_up()
    with Crew(backend.concurrency) as crew:
        flight = _Flight(
            backend, deque(sources), stop_at, crew, waits, chores, errands, run_errands
        )
        try:
            return flight.fly()
        except BaseException:
            flight.rescue()
            raise
        finally:
            with suppress(Error):  # what isn't given back comes back by itself, a little later
                for source in sources:
                    source.close()


class _Flight:
    def __init__(
        self,
        backend: BaseBackend,
        sources: deque[Source[Any]],
        stop_at: float,
        crew: Crew,
        waits: bool,
        chores: Callable[[], int],
        errands: Callable[[], bool],
        run_errands: Callable[[], int],
    ) -> None:
        self.backend = backend
        self.sources = sources
        self.stop_at = stop_at
        self.crew = crew
        self.waits = waits
        self.chores = chores
        self.errands = errands
        self.run_errands = run_errands
        self.turns: deque[limits.Turn] = deque()
        #: When turns may be asked for again.
        self.ask_at = 0.0
        self.landings: list[tuple[Source[Any], Landing[Any]]] = []
        self.refused = False
        self.moved = 0
        now = time.monotonic()
        # Not longer than from one turn to the next: there is time for it then.
        self.gather_for = min(GATHER, 1 / backend.rate_limit) if backend.rate_limit else GATHER
        self.gathered_since = now
        self.tend_at = now + TEND_EVERY
        self.chores_at = now + CHORES_EVERY
        #: Whose turn it is, and how many requests it has made in it.
        self.serving: Source[Any] | None = None
        self.served = 0
        self.errands_at = now + ERRANDS_EVERY
        self.errands_since = now
        self.errands_wait = False

    def fly(self) -> int:
        while True:
            self._housekeeping()
            source = self._choose()
            if source is not None and self._launch(source):
                self._gather(0.0)
            elif self.landings and not (source is not None and self.crew.is_full):
                self._store()  # there is time for it
            elif self.crew.up:
                self._gather(self._pause(source))
            elif source is not None:
                time.sleep(self._seconds_to_moment())
            else:
                return self.moved

    def rescue(self) -> None:
        """Whatever stopped us, what is up has an outcome that was paid for."""
        while self.crew.up:
            self._collect(1.0)
        with suppress(Error):
            self._store()

    # --------------------------------------------------------------------------- launching

    def _choose(self) -> Source[Any] | None:
        """The source whose turn it is, if any has something and a request may leave soon."""
        while self.turns and self.turns[0].is_stale:
            self.turns.popleft()
        source = self._ready(is_patient=False) or self._ready(is_patient=True)
        if source is None or self.turns or self.crew.is_full or self._seconds_to_moment():
            return source
        return source if self._take(source) else None

    def _ready(self, *, is_patient: bool) -> Source[Any] | None:
        # Moments in hand are used, though time is up: nobody else can have them.
        in_time = time.monotonic() < self.stop_at or bool(self.turns and self.turns[0].is_paced)
        for source in self.sources:
            if source.is_patient != is_patient or (self.errands_wait and source.is_paid):
                continue
            if (in_time or source.must_go_on) and source.backlog():
                return source
        return None

    def _take(self, source: Source[Any]) -> bool:
        """Take turns, or note when there are some again; ``False`` where it's not worth waiting."""
        wanted = source.backlog()
        if not source.is_patient:
            wanted = sum(other.backlog() for other in self.sources if not other.is_patient)
        self.turns.extend(limits.take(self.backend, wanted, patient=source.is_patient))
        if self.turns:
            return True
        may_wait = self.waits and not source.is_patient
        busy_for = limits.busy_for(self.backend) if may_wait else None
        if busy_for is not None:
            # Others have taken what comes next. What is in hand stays in hand meanwhile.
            self.ask_at = time.monotonic() + max(SHORTEST_WAIT, busy_for)
        return busy_for is not None

    def _seconds_to_moment(self) -> float:
        """Until the next request may leave, or turns are asked for again."""
        if self.turns:
            return self.turns[0].seconds_left
        return max(0.0, self.ask_at - time.monotonic())

    def _launch(self, source: Source[Any]) -> bool:
        # Right before it leaves: a row is on the wire when its request is.
        if self.crew.is_full or not self.turns or self.turns[0].seconds_left:
            return False
        if request := source.next():
            item, call = request
            self.crew.launch(source, Landing(item, self.turns.popleft()), call)
        self.served = self.served + 1 if source is self.serving else 1
        self.serving = source
        if self.served >= source.weight:
            self.sources.remove(source)
            self.sources.append(source)
            self.serving = None
        return True

    def _pause(self, source: Source[Any] | None) -> float:
        """Seconds for which landings are the only thing to wait for."""
        pause = min(self.tend_at, self.chores_at, self.errands_at) - time.monotonic()
        if source is not None:
            pause = min(pause, max(self.crew.room_in, self._seconds_to_moment()))
        if self.landings:
            pause = min(pause, self.gathered_since + self.gather_for - time.monotonic())
        return max(0.001, pause)

    # ----------------------------------------------------------------------------- landing

    def _gather(self, timeout: float) -> None:
        self._collect(timeout)
        is_late = time.monotonic() - self.gathered_since >= self.gather_for
        if self.landings and (len(self.landings) >= TOGETHER or is_late or self.refused):
            self._store()

    def _collect(self, timeout: float) -> None:
        while landed := self.crew.landed(timeout):
            if not self.landings:
                self.gathered_since = time.monotonic()
            self.landings.append(landed)
            if isinstance(landed[1].error, AccountRefused | RateLimited):
                self.refused = True  # before another request leaves, the gate must be closed
            timeout = 0.0

    def _store(self) -> None:
        if self.refused:
            self.refused = False
            self.turns.clear()
        while self.landings:
            source = self.landings[0][0]
            mine = [landing for whose, landing in self.landings if whose is source]
            self.landings = [pair for pair in self.landings if pair[0] is not source]
            self.moved += source.land(mine)

    def _housekeeping(self) -> None:
        now = time.monotonic()
        if now >= self.tend_at:
            self.tend_at = now + TEND_EVERY
            for source in self.sources:
                source.tend()
        if now >= self.chores_at:
            self.moved += self.chores()
            self.chores_at = time.monotonic() + CHORES_EVERY
        if now >= self.errands_at and not self.errands_wait:
            self.errands_wait = self.errands()
            self.errands_at = now + ERRANDS_EVERY
            self.errands_since = now
        if self.errands_wait and not self.crew.paid_up:
            self._store()
            waited = time.monotonic() - self.errands_since
            self.moved += self.run_errands()
            self.errands_wait = False
            self.errands_at = time.monotonic() + max(ERRANDS_EVERY, 5 * waited)
