"""One look at the database a second, for all connections of a process that wait for changes.

Connections don't look themselves: each says which job it waits for, and gets the row when it was
read. So a thousand of them cost what one costs, a query a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connections

from ..engine.outlook import Outlook
from ..models import UniversalAIJob
from ..models.database import database
from .rows import newest_of, rows

logger = logging.getLogger("django_universal_ai")

#: Seconds between two looks, and at most where the database doesn't answer.
EVERY, LONGEST = 1.0, 15.0
#: Ids in one query.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as it was read, and what was to be expected of it then."""

    job: UniversalAIJob
    ahead: Outlook


Look = Callable[[tuple[UUID, ...]], dict[UUID, Seen]]
#: What a look found, by the job that was asked for; ``None`` for one that is gone.
Found = Mapping[UUID, Seen | None]


def look(asked: tuple[UUID, ...]) -> dict[UUID, Seen]:
    """Read these rows: one query, and one more where some of them have failed or are uncertain."""
    found: list[UniversalAIJob] = []
    for start in range(0, len(asked), AT_ONCE):
        found += rows().filter(pk__in=asked[start : start + AT_ONCE])
    return {pk: Seen(job, job.outlook) for pk, job in newest_of(found).items()}


class Lookout:
    """Looks for all that wait in one event loop, from a thread of its own while there are any."""

    def __init__(self, look: Look = look, every: float = EVERY) -> None:
        self._look = look
        self._every = every
        self._waiting: Counter[UUID] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._next: asyncio.Future[Found] | None = None

    @property
    def waiting(self) -> int:
        """Connections that wait."""
        return self._waiting.total()

    @contextmanager
    def waiting_for(self, pk: UUID) -> Iterator[None]:
        """Have the job looked at while the block lasts."""
        self._waiting[pk] += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._go_on_looking())
        try:
            yield
        finally:
            self._waiting[pk] -= 1
            self._waiting += Counter()  # without those that nobody waits for

    async def next_look(self, timeout: float) -> Found:
        """What the next look finds. Raises ``TimeoutError``."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        # Others wait for the same one: it isn't cancelled with this one.
        return await asyncio.wait_for(asyncio.shield(self._next), timeout)

    async def _go_on_looking(self) -> None:
        # Not a thread of a request: that one ends with it.
        thread = ThreadPoolExecutor(1, "universal-ai-live")
        loop = asyncio.get_running_loop()
        pause = self._every
        try:
            while self._waiting:
                await asyncio.sleep(pause)
                asked = tuple(self._waiting)
                try:
                    seen = await loop.run_in_executor(thread, self._look, asked)
                except Exception as error:  # whatever it is, those who wait go on waiting
                    pause = min(LONGEST, 2 * pause)
                    logger.warning("jobs can't be watched now: %s", error)
                    thread.submit(_hang_up)
                else:
                    pause = self._every
                    self._tell(dict.fromkeys(asked) | seen)
        finally:
            self._looking = None
            thread.submit(_hang_up)
            thread.shutdown(wait=False)

    def _tell(self, seen: Found) -> None:
        if self._next is not None:
            self._next.set_result(seen)
            self._next = None


def _hang_up() -> None:
    connections[database()].close()


_lookouts: WeakKeyDictionary[asyncio.AbstractEventLoop, Lookout] = WeakKeyDictionary()


def lookout() -> Lookout:
    """The one of this event loop."""
    return _lookouts.setdefault(asyncio.get_running_loop(), Lookout())
