"""Watching jobs at a remote service: the list where it's cheaper, details for what ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .. import jobs, limits, telemetry
from ..backends import BaseBackend, backends
from ..contract import JobResponse, JobStatus
from ..exceptions import AccountRefused, BackendError, RateLimited, Rejected, TurnMissed
from ..models import Account, Status, UniversalAIJob
from ..models.database import NOW
from ..models.managers import JobQuerySet
from . import cadence
from .callback import backed_up
from .sources import Landing, TableSource, asked, chunk_size
from .sweeping import OLDEST, PAGE, Sweep, in_flight

logger = logging.getLogger("django_universal_ai")

#: Seconds for which jobs are ours that are to be looked at.
CLAIM = 30.0

#: What is read of them: what an answer usually needs. Anything else is read when it is asked for.
HEARD = (
    "public_id",
    "status",
    "backend",
    "candidate",
    "fallbacks",
    "requested_model",
    "webhook_receiver",
    "relays_webhook",
    "submitted_at",
    "cost",
    "spent",
    # What is told of a change: see jobs/telling.py.
    "feature",
    "subfeature",
    "provider",
    "requested_at",
    "traceparent",
)

#: What is asked for: a job, or a page of the list.
Wanted = UniversalAIJob | Sweep


def look(job: UniversalAIJob) -> bool:
    """Look at one job now, whenever it is due. Says whether it ended."""
    if job.status != Status.PROCESSING or not backends[job.backend].can_get:
        return False
    try:
        return jobs.look(job, look_in=cadence.look_in(job))
    except BackendError as error:
        logger.info("job %s can't be looked at now: %s", job.pk, error)
        return False


class Watcher(TableSource[Wanted, UniversalAIJob]):
    """Jobs of one backend that are due for a look.

    Where the service has a list, and more are due than it has pages, the list is read instead;
    what it leaves out is looked at singly, by whichever process comes first.
    """

    #: Results are waited for, and there are no more of them than was sent; yet jobs that never end
    #: mustn't keep others from being sent.
    weight = 9

    def __init__(self, backend: BaseBackend) -> None:
        super().__init__()
        self.backend = backend
        self._sweep: Sweep | None = None
        self._page_is_up = False
        self._singly = not backend.can_list

    @property
    def must_go_on(self) -> bool:
        # Else a list that is longer than one pass would never be read to its end.
        return self._sweep is not None

    def backlog(self) -> int:
        waiting = super().backlog()  # it may begin to read the list
        return waiting + (self._sweep is not None and not self._page_is_up)

    def _wants_more(self) -> bool:
        return self._sweep is None and super()._wants_more()

    def next(self) -> tuple[Wanted, Callable[[], Any]]:
        if self._sweep is not None and not self._page_is_up:
            self._page_is_up = True
            call = partial(
                self.backend.list_jobs,
                status=JobStatus.PROCESSING,
                page=self._sweep.page,
                limit=PAGE,
            )
            return self._sweep, call
        job = self._waiting.popleft()
        get = partial(self.backend.get, job.public_id or "")
        return job, telemetry.within("look", job, get)

    def land(self, landings: Sequence[Landing[Wanted]]) -> int:
        steps: list[jobs.Step] = []
        for landing in landings:
            answer: Any
            try:
                with asked(self.backend, landing.turn):
                    answer = landing.result()
            except TurnMissed:
                self._again(landing.item)
                continue
            except BackendError as error:
                answer = error
            if isinstance(landing.item, Sweep):
                self._turn_page(landing.item, answer)
            else:
                steps.append(partial(_hear, landing.item, answer))
        return sum(jobs.together(steps))

    def _again(self, wanted: Wanted) -> None:
        if isinstance(wanted, Sweep):
            self._page_is_up = False
        else:
            self._waiting.appendleft(wanted)

    def tend(self) -> None:
        if self._sweep is not None:
            self._sweep.renew()

    def close(self) -> None:
        jobs.postpone([job.pk for job in self._waiting], seconds=0)
        if self._sweep is not None:
            self._sweep.break_off()

    # ------------------------------------------------------------------------------ choosing

    def _refill(self) -> bool:
        due = in_flight(self.backend).due()
        if not due.exists():
            return False
        if not self._singly and self._prefers_list(due):
            self._sweep = Sweep.begin(self.backend)
            if self._sweep is not None:
                return False
            due = due.filter(unlisted_at__isnull=False)
        size = chunk_size(self.backend)
        claimed = due.only(*HEARD).order_by("due_at").claim(size, seconds=CLAIM)
        self._waiting.extend(claimed)
        return len(claimed) == size

    def _prefers_list(self, due: JobQuerySet) -> bool:
        """Whether the list costs fewer requests than the jobs that may still be in it."""
        limits.ensure(self.backend.account)
        account = Account.objects.filter(name=self.backend.account)
        listed = account.exclude(listless_until__gt=NOW).values_list("list_pages", flat=True)
        pages = listed.first()
        if pages is None:
            return False
        return len(due.filter(unlisted_at=None).values_list("pk")[: pages + 1]) > pages

    # ------------------------------------------------------------------------------ the list

    def _turn_page(self, sweep: Sweep, answer: Any) -> None:
        self._page_is_up = False
        if not isinstance(answer, BackendError):
            if sweep.read(answer):
                return
            sweep.end()
        elif isinstance(answer, Rejected):
            logger.warning(
                "backend %r has no list (%s): jobs are looked at singly", self.backend.alias, answer
            )
            sweep.give_up()
        else:
            logger.info("backend %r: the list can't be read: %s", self.backend.alias, answer)
            sweep.break_off()
            self._singly = not isinstance(answer, AccountRefused | RateLimited)
        self._sweep = None
        self._refill_at = 0.0


def _hear(job: UniversalAIJob, answer: JobResponse | BackendError) -> jobs.Won:
    look_in = backed_up(backends[job.backend], job, cadence.look_in(job))
    try:
        ended = jobs.hear(job, answer, look_in=look_in)
    except BackendError as error:
        # The account's gate says when the next request may leave; the job needn't.
        closed = isinstance(error, AccountRefused | RateLimited)
        jobs.postpone([job.pk], seconds=0 if closed else look_in, note=str(error))
        ended = False
    if cadence.age_of(job.submitted_at) <= OLDEST:
        return ended
    return ended or jobs.expire(job, seconds=OLDEST)
