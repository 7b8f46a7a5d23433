"""Costs that weren't told with the result: a webhook has none.

They are asked for when nothing else is to be done, one request each, and once only.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from .. import jobs, limits
from ..backends import BaseBackend
from ..contract import JobResponse
from ..exceptions import AccountRefused, BackendError, NotFound, RateLimited
from ..models import UniversalAIJob
from .flight import fly

logger = logging.getLogger("django_universal_ai")

#: Costs of one round.
BATCH = 50


def fill_due(backend: BaseBackend, stop_at: float) -> int:
    """Ask for missing costs. Returns how many were filled in."""
    due = UniversalAIJob.objects.finished().due().filter(backend=backend.alias, cost=None)
    waiting = deque(due.lean().order_by("due_at")[:BATCH])
    if not waiting:
        return 0
    if not backend.can_get or not backend.options.get("fetch_cost", True):
        return sum(jobs.fill_cost(job, None) for job in waiting)
    return fly(
        backend, waiting, stop_at, prepare=partial(_call, backend), land=partial(_land, backend)
    )


def _call(backend: BaseBackend, job: UniversalAIJob) -> Callable[[], JobResponse]:
    return partial(backend.get, job.public_id or "")


def _land(
    backend: BaseBackend, job: UniversalAIJob, turn: limits.Turn, outcome: Future[JobResponse]
) -> bool:
    try:
        with limits.minded(backend, turn):
            cost = outcome.result().cost
    except (AccountRefused, RateLimited):
        return False  # it stays due, and the gate is closed
    except NotFound:
        cost = None
    except BackendError as error:
        logger.info("job %s: its cost can't be asked for now: %s", job.pk, error)
        jobs.wait_for_cost(job)
        return False
    return jobs.fill_cost(job, cost)
