"""What a Celery worker does beside its tasks: it keeps the engine going.

Every worker of a project advances the jobs by itself from start-up on: no beat, no extra process
and no setting. The pass runs in the worker's own pool, without a message, so that a full queue or
a lost broker message doesn't hold it up.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import bootsteps
from celery.signals import worker_init

from .backends import backends

logger = logging.getLogger("django_universal_ai")

#: Seconds between two passes of an idle worker.
TICK = 1.0
#: Seconds after which a pass gives its place in the pool back, so that a worker soon stops.
BUDGET = 5.0
#: A pass that said nothing for so long was lost with its process; two at once do no harm.
LOST_AFTER = 30.0
#: Seconds. The project's ``task_time_limit`` is for its tasks: it would stop a pass in the middle
#: of requests that are paid for. A pass ends by itself.
NO_LIMIT = 86400.0


class EngineStep(bootsteps.StartStopStep):
    """A consumer bootstep: begins with the worker, and again after each reconnection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        self._consumer = consumer
        self._timer: Any = None
        self._began: float | None = None

    def start(self, consumer: Any) -> None:
        self._began = None
        self._timer = consumer.timer.call_repeatedly(TICK, self._tick)

    def stop(self, consumer: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        now = time.monotonic()
        if self._began is not None and now - self._began < LOST_AFTER:
            return
        self._began = now
        self._consumer.pool.apply_async(
            pass_once,
            callback=self._ended,
            error_callback=self._ended,
            soft_timeout=NO_LIMIT,
            timeout=NO_LIMIT,
        )

    def _ended(self, steps: Any = None, *args: Any, **kwargs: Any) -> None:
        self._began = None
        if self._timer is not None and isinstance(steps, int) and steps:
            # There was something to do, and it may only have run out of its time.
            self._consumer.timer.call_after(0, self._tick)


def pass_once(*, here: bool = False) -> int:
    """One pass of the engine, in a process or thread of the worker's pool.

    Never raises: the database may be away, and the next pass tries again.
    """
    from . import engine
    from .models.database import close_stale_connections

    try:
        return engine.advance(budget=BUDGET, here=here)
    except Exception:
        logger.exception("The engine's pass failed; the next one follows")
        return 0
    finally:
        close_stale_connections()


def install() -> None:
    """Make every worker of this process keep the engine going."""
    worker_init.connect(_prepare, dispatch_uid="universal_ai.worker")


def _prepare(sender: Any, **kwargs: Any) -> None:
    sender.app.steps["consumer"].add(EngineStep)
    chosen = sender.app.amqp.queues
    if set(chosen.consume_from) == set(chosen):  # a worker that was started without -Q
        for queue in {backend.queue for backend in backends.all() if backend.queue}:
            chosen.select_add(queue)
