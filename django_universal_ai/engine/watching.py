"""Watching jobs at a remote service: one list request for a thousand, details for what ended."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from .. import jobs, limits
from ..backends import BaseBackend, backends
from ..contract import JobResponse, JobStatus
from ..exceptions import AccountRefused, BackendError, RateLimited, Rejected
from ..models import Account, Status, UniversalAIJob
from ..models.database import from_now, retrying
from ..models.managers import JobQuerySet
from . import cadence
from .flight import fly

logger = logging.getLogger("django_universal_ai")

#: Jobs that one list request may hold.
PAGE = 1000
#: Detail requests of one round.
BATCH = 200
#: Seconds for which one process alone watches an account; it says so again each round. When its
#: process dies, so long nobody looks; when its requests take longer, two look at the same jobs.
SWEEP_LEASE = 20.0
#: A job younger than this, in seconds, may be missing from a list that is a little stale.
LIST_STALENESS = 5.0
#: A service that has no list isn't asked for one again for a day.
LISTLESS_FOR = 86400.0
#: Results live for seven days; a job that hasn't ended by then won't.
OLDEST = 7 * 86400.0

InFlight = dict[str, tuple[uuid.UUID, datetime | None]]


def watch_due(backend: BaseBackend, stop_at: float) -> int:
    """Look at what is due, by the cheapest means. Returns how many jobs ended."""
    if not backend.can_get or not _due(backend).exists():
        return 0
    limits.ensure(backend.account)
    sweeper = uuid.uuid4()
    if not _take_watch(backend, sweeper):
        return 0
    try:
        if _list_is_cheaper(backend):
            sweep(backend)
        return _look_at_due(backend, stop_at)
    finally:
        _leave_watch(backend, sweeper)


def look(job: UniversalAIJob) -> bool:
    """Look at one job now, whenever it is due. Says whether it ended."""
    if job.status != Status.PROCESSING or not backends[job.backend].can_get:
        return False
    try:
        return jobs.look(job, look_in=cadence.next_look(job))
    except BackendError as error:
        logger.info("job %s can't be looked at now: %s", job.pk, error)
        return False


def _due(backend: BaseBackend) -> JobQuerySet:
    return UniversalAIJob.objects.processing().due().filter(backend=backend.alias)


def _take_watch(backend: BaseBackend, sweeper: uuid.UUID) -> bool:
    free = Q(swept_until__isnull=True) | Q(swept_until__lte=Now())
    return bool(
        Account.objects.filter(free, name=backend.account).update(
            sweeper=sweeper, swept_until=from_now(SWEEP_LEASE)
        )
    )


@retrying
def _leave_watch(backend: BaseBackend, sweeper: uuid.UUID) -> None:
    Account.objects.filter(name=backend.account, sweeper=sweeper).update(
        sweeper=None, swept_until=None
    )


def _list_is_cheaper(backend: BaseBackend) -> bool:
    """Two jobs are enough: the list costs one request and tells which of them ended."""
    if not backend.can_list or len(_due(backend).values_list("pk")[:2]) < 2:
        return False
    listless = Account.objects.filter(name=backend.account, listless_until__gt=Now())
    return not listless.exists()


# ------------------------------------------------------------------------------------ the list


def sweep(backend: BaseBackend) -> None:
    """Read the list of jobs at work: who is in it needn't be looked at, who isn't is due."""
    in_flight = _in_flight(backend)
    asked_at = timezone.now()
    try:
        listed = _listed(backend, in_flight)
    except Rejected as error:
        logger.warning(
            "backend %r has no list (%s): jobs are looked at singly", backend.alias, error
        )
        Account.objects.filter(name=backend.account).update(listless_until=from_now(LISTLESS_FOR))
        return
    except BackendError as error:
        logger.info("backend %r: the list can't be read now: %s", backend.alias, error)
        return
    young = asked_at - timedelta(seconds=LIST_STALENESS)
    old = asked_at - timedelta(seconds=OLDEST)
    gone = []
    for public_id, (pk, submitted_at) in in_flight.items():
        if submitted_at and (submitted_at < old or public_id not in listed):
            listed.discard(public_id)
            if submitted_at < young:
                gone.append(pk)
    _reschedule(in_flight, listed)
    for start in range(0, len(gone), PAGE):
        jobs.postpone(gone[start : start + PAGE], seconds=0)


def _in_flight(backend: BaseBackend) -> InFlight:
    rows = UniversalAIJob.objects.processing().filter(backend=backend.alias)
    return {
        str(public_id): (pk, submitted_at)
        for public_id, pk, submitted_at in rows.values_list("public_id", "pk", "submitted_at")
    }


def _listed(backend: BaseBackend, in_flight: InFlight) -> set[str]:
    """Ids that the service lists as at work. Raises ``BackendError``."""
    listed: set[str] = set()
    page = pages = 1
    while page <= pages:
        with limits.minded(backend, limits.take_one(backend)):
            answer = backend.list_jobs(status=JobStatus.PROCESSING, page=page, limit=PAGE)
        listed.update(
            item.public_id for item in answer.items if item.status == JobStatus.PROCESSING
        )
        if not answer.items or len(listed & in_flight.keys()) == len(in_flight):
            break
        pages = answer.total_pages
        page += 1
    return listed


def _reschedule(in_flight: InFlight, listed: set[str]) -> None:
    by_pause: dict[int, list[uuid.UUID]] = defaultdict(list)
    for public_id in listed & in_flight.keys():
        pk, submitted_at = in_flight[public_id]
        by_pause[round(cadence.pause_at(submitted_at))].append(pk)
    for pause, ids in by_pause.items():
        for start in range(0, len(ids), PAGE):
            jobs.seen(ids[start : start + PAGE], look_in=max(1, pause))


# ---------------------------------------------------------------------------------- the details


def _look_at_due(backend: BaseBackend, stop_at: float) -> int:
    waiting = deque(_due(backend).lean().order_by("due_at")[:BATCH])

    return fly(backend, waiting, stop_at, prepare=partial(_call, backend), land=_land)


def _call(backend: BaseBackend, job: UniversalAIJob) -> Callable[[], JobResponse]:
    return partial(backend.get, job.public_id or "")


def _land(job: UniversalAIJob, turn: limits.Turn, outcome: Future[JobResponse]) -> bool:
    look_in = cadence.next_look(job)
    try:
        ended = jobs.learn(job, turn, outcome.result, look_in=look_in)
    except BackendError as error:
        # The account's gate says when the next request may leave; the job needn't.
        closed = isinstance(error, AccountRefused | RateLimited)
        jobs.postpone([job.pk], seconds=0 if closed else look_in, note=str(error))
        ended = False
    return ended or jobs.expire(job, seconds=OLDEST)
