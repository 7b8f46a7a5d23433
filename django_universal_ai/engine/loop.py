"""One pass after the other, while there is something to do."""

from __future__ import annotations

import logging
import time

from django.db import Error

from .. import jobs, outbox
from ..backends import BaseBackend, backends
from ..models.database import close_stale_connections
from . import costs, receiving, resolving, running, sending, watching

logger = logging.getLogger("django_universal_ai")

#: Seconds after which an advance gives its place back; the next one goes on.
BUDGET = 30.0
#: Seconds after which sending lets watching have its turn, and the other way round.
SLICE = 1.0


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
    stop_at = min(stop_at, time.monotonic() + SLICE)
    moved = jobs.reap() + receiving.apply_due(stop_at)
    for backend in backends.all():
        try:
            moved += _advance(backend, stop_at, here=here)
        except Error:
            raise
        except Exception:  # one backend's trouble isn't the others'
            logger.exception("backend %r: a round failed", backend.alias)
        moved += outbox.deliver_due()
    return moved


def _advance(backend: BaseBackend, stop_at: float, *, here: bool) -> int:
    if backend.runs_here:
        return running.run_due(backend, here=here)
    # Results first: an account that may not submit any more (402) still gives out what was paid.
    moved = watching.watch_due(backend, stop_at) + sending.send_due(backend, stop_at)
    moved += resolving.resolve_due(backend)
    return moved or costs.fill_due(backend, stop_at)
