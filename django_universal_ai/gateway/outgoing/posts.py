"""Webhooks under way: in a few threads of a worker's process, so that none holds up another.

A receiver may take half a minute. Threads wait for it; the engine's pass, and the worker's places
for tasks, only hand the deliveries over.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from django.db import Error, connections

from ...contract import redact
from ...models.database import database, retrying
from ..models import DeliveryState, WebhookDelivery
from . import deliveries
from .sending import Outcome, send

logger = logging.getLogger("django_universal_ai")

#: Webhooks that one process has under way at once, those to one receiver, and those of one owner,
#: who may have any number of receivers.
AT_ONCE, PER_ORIGIN, PER_OWNER = 16, 4, 8


class Posts:
    """The threads of one process, and what they are at."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="universal-ai-webhook")
        self._lock = Lock()
        self._starting = Lock()
        self._at_work: dict[Future[None], deliveries.Whose] = {}

    @property
    def free(self) -> int:
        """Threads that have nothing to do."""
        with self._lock:
            return AT_ONCE - len(self._at_work)

    def start_due(self) -> int:
        """Begin what is due, as far as there are threads. Returns how many."""
        if not self._starting.acquire(blocking=False):
            return 0  # another thread is at it; both would count the same threads as free
        try:
            return self._start_due()
        finally:
            self._starting.release()

    def _start_due(self) -> int:
        with self._lock:
            at_work = list(self._at_work.values())
        free = AT_ONCE - len(at_work)
        if not free:
            return 0
        claimed = deliveries.claim_due(
            free, at_work=at_work, per_origin=PER_ORIGIN, per_owner=PER_OWNER
        )
        for delivery, whose in claimed:
            with self._lock:
                future = self._threads.submit(_deliver, delivery)
                self._at_work[future] = whose
            future.add_done_callback(self._done)
        return len(claimed)

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._at_work.pop(future, None)

    def wait(self, timeout: float | None = None) -> None:
        """Wait for what is under way."""
        with self._lock:
            pending = list(self._at_work)
        wait(pending, timeout)


_posts: Posts | None = None


def posts() -> Posts:
    """Those of this process: a fork takes no threads along."""
    global _posts
    if _posts is None or _posts.pid != os.getpid():
        _posts = Posts()
    return _posts


def has_due() -> bool:
    """Whether a webhook is due that this process could send."""
    return _may_start() and posts().free > 0 and deliveries.due().exists()


def start_due() -> int:
    """Begin what is due. Returns how many were begun; they end by themselves."""
    return posts().start_due() if _may_start() else 0


def _may_start() -> bool:
    # Threads have connections of their own, which don't see what isn't committed.
    return not connections[database()].in_atomic_block


def _deliver(delivery: WebhookDelivery) -> None:
    try:
        row = _find(delivery)
        if row is not None:
            # No connection is kept while a receiver takes its time.
            connections.close_all()
            deliveries.settle(row, _attempt(row))
    except Error:
        logger.exception("webhook %s: the database is away; it is sent again", delivery.pk)
    finally:
        connections.close_all()


@retrying
def _find(delivery: WebhookDelivery) -> WebhookDelivery | None:
    """The row with its job, if it is still ours."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, lease=delivery.lease)
    return mine.select_related("job").first()


def _attempt(delivery: WebhookDelivery) -> Outcome:
    try:
        return send(delivery)
    except Error:
        raise
    except Exception as error:  # our own trouble: with its key, for one
        logger.exception("webhook %s couldn't be sent", delivery.pk)
        return Outcome(DeliveryState.DUE, error=redact(f"{type(error).__name__}: {error}"))
