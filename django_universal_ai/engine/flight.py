"""Several requests under way at once, while one thread does all the database work.

What is to be asked for comes from *sources*. They share the account's turns, and what became of
their requests is stored in batches.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from django.db import Error

from .. import limits
from ..backends import BaseBackend
from ..exceptions import AccountRefused, RateLimited
from .crew import Crew
from .sources import Landing, Source

#: Seconds between two calls of ``tend`` while requests are under way.
TEND_EVERY = 5.0
#: Outcomes of paid requests that are stored in one transaction, at most, and seconds that one waits
#: for others. So much may be lost with its process.
TOGETHER, GATHER = 16, 0.05
#: The same where none was paid: what is lost is asked for again.
MANY, AT_LEISURE = 64, 0.2
#: Seconds until an account that others use is asked for turns again, at least.
SHORTEST_WAIT = 0.02
#: Seconds between two looks at what else is to be done, by whether it can be done at any time.
ERRANDS_EVERY, CHORES_EVERY = 1.0, 0.5


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
        #: How many of them were paid for, and by when all are stored.
        self.paid_landings = 0
        self.store_at = math.inf
        self.refused = False
        self.moved = 0
        now = time.monotonic()
        # Not longer than from one turn to the next: there is time for it then.
        self.interval = 1 / backend.rate_limit if backend.rate_limit else math.inf
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
                time.sleep(min(self._seconds_to_moment(), CHORES_EVERY))
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
            pause = min(pause, self.store_at - time.monotonic())
        return max(0.001, pause)

    # ----------------------------------------------------------------------------- landing

    def _gather(self, timeout: float) -> None:
        self._collect(timeout)
        are_many = self.paid_landings >= TOGETHER or len(self.landings) >= MANY
        if self.landings and (are_many or self.refused or time.monotonic() >= self.store_at):
            self._store()

    def _collect(self, timeout: float) -> None:
        while landed := self.crew.landed(timeout):
            source, landing = landed
            self.landings.append(landed)
            self.paid_landings += source.is_paid
            patience = min(GATHER if source.is_paid else AT_LEISURE, self.interval)
            self.store_at = min(self.store_at, time.monotonic() + patience)
            if isinstance(landing.error, AccountRefused | RateLimited):
                self.refused = True  # before another request leaves, the gate must be closed
            timeout = 0.0

    def _store(self) -> None:
        if self.refused:
            self.refused = False
            self.turns.clear()
        self.paid_landings, self.store_at = 0, math.inf
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
