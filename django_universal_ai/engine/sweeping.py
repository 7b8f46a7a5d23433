"""Reading the service's list of jobs at work: one request tells of a thousand."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from .. import jobs
from ..backends import BaseBackend
from ..contract import JobList, JobStatus
from ..models import Account, UniversalAIJob
from ..models.database import NOW, from_now, retrying
from ..models.managers import JobQuerySet
from . import cadence
from .callback import backed_up

logger = logging.getLogger("django_universal_ai")

#: Jobs that one list request may hold.
PAGE = 1000
#: Seconds for which one process alone reads an account's list; it says so again as it goes on.
SWEEP_LEASE = 20.0
#: A job younger than this, in seconds, may be missing from a list that is a little stale.
LIST_STALENESS = 5.0
#: A service that has no list isn't asked for one again for a day.
LISTLESS_FOR = 86400.0
#: Results live for seven days; a job that hasn't ended by then won't.
OLDEST = 7 * 86400.0
#: While readings tell nothing new, the pause between them grows: each time by the first, up to the
#: second of these factors.
GROWTH, LONGEST = 1.5, 2.5
#: Seconds until the list is read again that couldn't be read.
RETRY_PAUSE = 5.0
#: Rows that are read, and changed, at once.
CHUNK = 1000
#: The part of the account's rate that reading may take.
SHARE = 0.05


class Listed(NamedTuple):
    """What is read of a job that the list may hold: there are many of them, again and again."""

    pk: uuid.UUID
    public_id: str
    requested_model: str
    submitted_at: datetime | None
    due_at: datetime | None
    webhook_receiver: str | None
    relays_webhook: bool


def in_flight(backend: BaseBackend) -> JobQuerySet:
    """Jobs that are at work at the service, as far as is known here."""
    return UniversalAIJob.objects.processing().filter(backend=backend.alias)


@dataclass(slots=True)
class Sweep:
    """One reading of the list, page by page.

    Who is listed needn't be looked at; who isn't has probably ended. A job that moved from one
    page to another meanwhile costs a request more, and nothing else.
    """

    backend: BaseBackend
    sweeper: uuid.UUID
    #: By the database's clock.
    began_at: datetime
    pause: float
    page: int = 1
    pages: int = 1
    #: Ids of what the service is working at, be it ours or not.
    at_work: set[str] = field(default_factory=set)
    #: Our jobs in flight that weren't compared with the pages yet, and the last that was.
    _unseen: Iterator[Listed] = field(init=False)
    _lacking: str | None = None

    def __post_init__(self) -> None:
        self._unseen = chain.from_iterable(self._chunks())

    @classmethod
    def begin(cls, backend: BaseBackend) -> Sweep | None:
        """Begin one, unless it's too soon, another process is at it, or nobody can."""
        sweeper = uuid.uuid4()
        account = Account.objects.filter(name=backend.account)
        free = Q(swept_until__isnull=True) | Q(swept_until__lte=NOW)
        due = Q(next_sweep_at__isnull=True) | Q(next_sweep_at__lte=NOW)
        if not account.filter(free, due).update(sweeper=sweeper, swept_until=from_now(SWEEP_LEASE)):
            return None
        began_at, pause = account.values_list(NOW, "sweep_pause").get()
        return cls(backend, sweeper, began_at, pause)

    @property
    def _account(self) -> QuerySet[Account]:
        return Account.objects.filter(name=self.backend.account, sweeper=self.sweeper)

    def renew(self) -> None:
        """It goes on."""
        self._account.update(swept_until=from_now(SWEEP_LEASE))

    def read(self, answer: JobList) -> bool:
        """Take in a page. Says whether there is another one to read."""
        self.at_work.update(
            item.public_id for item in answer.items if item.status == JobStatus.PROCESSING
        )
        self.pages = max(self.page, answer.total_pages)
        is_last = not answer.items or self.page >= self.pages
        self.page += 1
        # On an account that works for others, too, all of ours may have been seen already.
        return not is_last and not self._has_all()

    def _has_all(self) -> bool:
        while self._lacking is None or self._lacking in self.at_work:
            row = next(self._unseen, None)
            if row is None:
                return True
            self._lacking = row.public_id
        return False

    def end(self) -> None:
        """It was read to its end: who isn't in it is looked at singly."""
        shortest = self.backend.list_pause
        if rate := self.backend.rate_limit:
            shortest = max(shortest, (self.page - 1) / (rate * SHARE))
        longer = min(LONGEST * shortest, max(shortest, self.pause * GROWTH))
        has_news = self._sort() > 0
        pause = shortest if has_news else longer
        if has_news:
            self._remind(pause)
        self._leave(next_sweep_at=from_now(pause), sweep_pause=pause, list_pages=self.pages)

    def _sort(self) -> int:
        """Jobs at work that are due are due again later, those that left the list now."""
        return sum(map(self._sort_some, self._chunks()))

    def _sort_some(self, rows: Sequence[Listed]) -> int:
        soon = self.began_at + timedelta(seconds=self.backend.list_pause)
        by_pause: dict[int, list[uuid.UUID]] = defaultdict(list)
        gone: list[uuid.UUID] = []
        for row in rows:
            age = cadence.age_of(row.submitted_at)
            is_due = row.due_at is None or row.due_at <= self.began_at
            if age > OLDEST:
                gone.append(row.pk)
            elif row.public_id in self.at_work:
                if row.due_at is None or row.due_at <= soon:
                    kind = cadence.Kind(self.backend.alias, row.requested_model)
                    pause = cadence.next_look(kind, age)
                    by_pause[_rounded(backed_up(self.backend, row, pause))].append(row.pk)
            # A young job may be missing from a list that is behind: it isn't looked at early.
            elif is_due or age > LIST_STALENESS:
                gone.append(row.pk)
        for pause, ids in by_pause.items():
            jobs.seen(ids, look_in=pause)
        if gone:
            jobs.unlisted(gone)
        return len(gone)

    def _remind(self, pause: float) -> None:
        """What ended is seldom alone: the oldest are due again for the next reading.

        There must be more of them than the list has pages, or it isn't read for them.
        """
        oldest = self._listed().order_by("submitted_at")
        polled = (
            row.pk
            for row in _read(oldest[: self.pages + 1])
            if backed_up(self.backend, row, pause) == pause
        )
        jobs.postpone(polled, seconds=pause)

    def _listed(self) -> JobQuerySet:
        """Our jobs in flight that the list must have, if they are still at work."""
        return in_flight(self.backend).filter(unlisted_at=None, submitted_at__lt=self.began_at)

    def _chunks(self) -> Iterator[list[Listed]]:
        rows = self._listed().order_by("pk")
        chunk = _read(rows[:CHUNK])
        while chunk:
            yield chunk
            chunk = _read(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK]) if len(chunk) == CHUNK else []

    def break_off(self) -> None:
        """It couldn't be read now."""
        self._leave(next_sweep_at=from_now(RETRY_PAUSE))

    def give_up(self) -> None:
        """The service has no list."""
        self._leave(listless_until=from_now(LISTLESS_FOR))

    @retrying
    def _leave(self, **changes: Any) -> None:
        self._account.update(sweeper=None, swept_until=None, **changes)


def _read(rows: JobQuerySet) -> list[Listed]:
    return [Listed(*values) for values in rows.values_list(*Listed._fields)]


def _rounded(pause: float) -> int:
    """Whole seconds, and fives beyond ten: many rows change together."""
    return max(1, round(pause)) if pause < 10 else 5 * int(pause / 5)
