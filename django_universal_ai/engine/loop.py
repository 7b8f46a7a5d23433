"""One pass after the other, while there is something to do."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import Error

from .. import jobs, outbox
from ..backends import BaseBackend, backends
from ..models.database import close_stale_connections
from . import counting, durations, errands, receiving, removing, resolving, running
from .costs import Costs
from .flight import fly
from .sending import Sender
from .sources import Source
from .watching import Watcher

logger = logging.getLogger("django_universal_ai")

#: Seconds after which an advance gives its place back; the next one goes on.
BUDGET = 30.0
#: Seconds after which one remote backend lets another have its turn.
SLICE = 2.0


def advance(*, budget: float = BUDGET, here: bool = False) -> int:
    """Move every job that is due: send, watch, run, deliver. Returns how many steps were made.

    Any number of processes may do so at once. ``here`` runs offline providers in this process,
    where no Celery worker can be woken for them. Jobs that aren't due yet are left alone, so it
    returns soon when there is nothing to do, and after about ``budget`` seconds in any case.
    """
    close_stale_connections()
    stop_at = time.monotonic() + budget
    steps = 0
    while True:
        moved = _round(stop_at, here=here)
        steps += moved
        if not moved or time.monotonic() >= stop_at:
            return steps


def _round(stop_at: float, *, here: bool) -> int:
    remote = sum(not backend.runs_here for backend in backends.all())
    if remote > 1:
        stop_at = min(stop_at, time.monotonic() + SLICE)
    moved = jobs.reap() + removing.remove_due()
    moved += counting.count_due() == counting.BATCH  # there is more: the next round goes on
    for backend in backends.all():
        try:
            durations.learn_due(backend)
            if backend.runs_here:
                moved += running.run_due(backend, here=here)
            else:
                moved += _fly(backend, stop_at)
        except Error:
            raise
        except Exception:  # one backend's trouble isn't the others'
            logger.exception("backend %r: a round failed", backend.alias)
    return moved + (_errands() if _has_errands() else 0)


def _fly(backend: BaseBackend, stop_at: float) -> int:
    # Results first: an account that may not submit any more (402) still gives out what was paid.
    sources: list[Source[Any]] = [Watcher(backend), Sender(backend), Costs(backend)]
    moved = fly(
        backend,
        sources,
        stop_at,
        chores=_chores,
        errands=_has_errands,
        run_errands=_errands,
    )
    return moved + resolving.resolve_due(backend)


def _chores() -> int:
    """What may be done while requests are under way."""
    counting.count_due()
    return receiving.apply_results()


def _has_errands() -> bool:
    return receiving.has_due() or outbox.has_due() or errands.has_due()


def _errands() -> int:
    """What is done between requests: webhooks that came in, signals that are due, others' work."""
    moved = receiving.apply_due(time.monotonic() + SLICE) + outbox.deliver_due()
    return moved + errands.run_due()
