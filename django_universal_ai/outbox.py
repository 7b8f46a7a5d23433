"""Delivery of signals: to each receiver at least once, by whichever process gets to it.

Events are claimed before their receivers are called and settled afterwards; a process that dies in
between is followed by another when the claim runs out. From the second delivery on each receiver
is noted before it is called and the ones that were noted least come first: a receiver that kills
its process, or never returns, keeps no other from its signal.
"""

from __future__ import annotations

import json
import logging
import signal as os_signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from . import signals, telemetry
from .models import EventKind, JobEvent, UniversalAIJob
from .models.database import NOW, atomic, claim, from_now, retrying, untaken
from .models.event import EventQuerySet

logger = logging.getLogger("django_universal_ai")

SIGNALS: dict[str, signals.JobSignal] = {
    EventKind.SUBMITTED: signals.job_submitted,
    EventKind.SUCCEEDED: signals.job_succeeded,
    EventKind.FAILED: signals.job_failed,
}

#: Seconds that a receiver may take before another process begins the delivery anew.
CLAIM = 60.0
#: Events that are claimed at once. They share the time of their claim.
BATCH = 50
#: After so many tries a receiver isn't called any more, until a person says so.
MOST_TRIES = 8
#: Seconds between two tries, at the most.
LONGEST_PAUSE = 3600.0

_NEVER_RETURNED = "It didn't return: its process ended, or it took too long."


class ReceiverTimeout(Exception):
    """A receiver took longer than its claim."""


def has_due() -> bool:
    """Whether a signal waits to be delivered."""
    return JobEvent.objects.filter(deliver_at__lte=NOW).exists()


def deliver_due(job: UniversalAIJob | None = None, limit: int = 1000) -> int:
    """Deliver what is due, oldest first; of one job where given. Returns how many events."""
    due = JobEvent.objects.filter(deliver_at__lte=NOW).order_by("at")
    if job is not None:
        due = due.filter(job=job)
    delivered = _pass_over(due.filter(deliveries=0), limit)
    while delivered < limit:
        batch = claim(due.filter(deliveries=0), BATCH, deliver_at=from_now(CLAIM), deliveries=1)
        if not batch:
            break
        delivered += _deliver_fresh(batch)
    # One by one: with a receiver that ends its process, the others would always go, too.
    again = due.filter(deliveries__gt=0).values_list("pk", flat=True)[:BATCH]
    return delivered + sum(deliver(event_id) for event_id in list(again))


@retrying
def _pass_over(fresh: EventQuerySet, limit: int) -> int:
    """Settle the events of signals to which nobody listens: nothing of them need be read."""
    unheard = [kind for kind, signal in SIGNALS.items() if not signal.has_listeners(UniversalAIJob)]
    if not unheard:
        return 0
    with atomic():
        ids = list(untaken(fresh.filter(kind__in=unheard)).values_list("pk", flat=True)[:limit])
        if ids:
            taken = JobEvent.objects.filter(pk__in=ids)
            taken.update(deliver_at=None, delivered_at=NOW, deliveries=1)
    return len(ids)


def _deliver_fresh(batch: list[JobEvent]) -> int:
    """Deliver events for the first time; what takes too long is left to the next who looks."""
    began = time.monotonic()
    receivers = {kind: dict(SIGNALS[kind].receivers_for(UniversalAIJob)) for kind in SIGNALS}
    heard = [event for event in batch if receivers[event.kind]]
    jobs = UniversalAIJob.objects.in_bulk({event.job_id for event in heard})
    done = [event for event in batch if not receivers[event.kind]]
    left: list[JobEvent] = []
    for event in heard:
        if time.monotonic() - began > CLAIM / 4:
            left.append(event)
        elif event.job_id in jobs:
            event.job, event.deliveries = jobs[event.job_id], 1
            for name, receiver in receivers[event.kind].items():
                if _is_open(event, name):
                    _call(event, name, receiver)
            if all(receipt["done"] for receipt in event.receipts.values()):
                done.append(event)
            else:
                _settle(event, [name for name in receivers[event.kind] if _is_open(event, name)])
    _settle_all(done)
    if time.monotonic() - began < CLAIM:  # afterwards they are somebody else's
        ids = [event.pk for event in left]
        JobEvent.objects.filter(pk__in=ids).update(deliver_at=NOW, deliveries=0)
    return len(batch) - len(left)


@retrying
def _settle_all(events: list[JobEvent]) -> None:
    """Every receiver took these: mostly the same ones, so that one statement does."""
    by_receipts: dict[str, list[JobEvent]] = defaultdict(list)
    for event in events:
        by_receipts[json.dumps(event.receipts, sort_keys=True)].append(event)
    for alike in by_receipts.values():
        JobEvent.objects.filter(pk__in=[event.pk for event in alike]).update(
            receipts=alike[0].receipts, deliver_at=None, delivered_at=NOW
        )


def deliver(event_id: UUID) -> bool:
    """Deliver one event, unless it isn't due or another process has it. Says whether it did."""
    if not _claim(event_id):
        return False
    event = JobEvent.objects.select_related("job").get(pk=event_id)
    receivers = dict(SIGNALS[event.kind].receivers_for(UniversalAIJob))
    for name in sorted(receivers, key=lambda name: _tries(event, name)):
        if _is_open(event, name):
            _call(event, name, receivers[name])
    _settle(event, [name for name in receivers if _is_open(event, name)])
    return True


def deliver_again(event: JobEvent) -> None:
    """Make a signal due once more, with the same id, for the receivers that haven't taken it."""
    kept = {name: receipt for name, receipt in event.receipts.items() if receipt["done"]}
    JobEvent.objects.filter(pk=event.pk).update(
        deliver_at=from_now(-1), delivered_at=None, deliveries=0, receipts=kept
    )


@retrying
def _claim(event_id: UUID) -> int:
    claimed: int = JobEvent.objects.filter(pk=event_id, deliver_at__lte=NOW).update(
        deliver_at=from_now(CLAIM), deliveries=F("deliveries") + 1
    )
    return claimed


def _call(event: JobEvent, name: str, receiver: signals.Receiver) -> None:
    tries = _tries(event, name) + 1
    if event.deliveries > 1:
        _note(event, name, tries, _NEVER_RETURNED)
    try:
        with (
            telemetry.span("signal", event.job, signal=event.kind, receiver=name),
            _time_limit(CLAIM),
        ):
            receiver(
                signal=SIGNALS[event.kind],
                sender=UniversalAIJob,
                job=event.job,
                event_id=event.pk,
            )
    except Exception as error:  # a receiver's trouble is its own
        logger.warning("Receiver %s of job %s failed", name, event.job_id, exc_info=error)
        event.receipts[name] = _receipt(tries, f"{type(error).__name__}: {error}")
    else:
        event.receipts[name] = _receipt(tries, "", done=True)


@retrying
def _note(event: JobEvent, name: str, tries: int, error: str) -> None:
    """Write down that a receiver is about to be called, and begin its time."""
    event.receipts[name] = _receipt(tries, error)
    JobEvent.objects.filter(pk=event.pk).update(receipts=event.receipts, deliver_at=from_now(CLAIM))


@retrying
def _settle(event: JobEvent, still_open: list[str]) -> None:
    changes: dict[str, Any] = {"receipts": event.receipts, "deliver_at": None}
    if still_open:
        tries = min(_tries(event, name) for name in still_open)
        changes["deliver_at"] = from_now(min(LONGEST_PAUSE, 2.0**tries))
    elif all(receipt["done"] for receipt in event.receipts.values()):
        changes["delivered_at"] = timezone.now()
    else:
        logger.error("A signal of job %s is given up: %s", event.job_id, event.receipts)
    JobEvent.objects.filter(pk=event.pk).update(**changes)


def _receipt(tries: int, error: str, *, done: bool = False) -> dict[str, Any]:
    return {"done": done, "tries": tries, "error": error[:500]}


def _tries(event: JobEvent, name: str) -> int:
    tries: int = event.receipts.get(name, {}).get("tries", 0)
    return tries


def _is_open(event: JobEvent, name: str) -> bool:
    """Whether this receiver still has to get the signal."""
    done = event.receipts.get(name, {}).get("done", False)
    return not done and _tries(event, name) < MOST_TRIES


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt a receiver that hangs, where the platform can: in a Unix main thread.

    Elsewhere its claim runs out all the same, and the others get their signal from another
    process.
    """
    able = hasattr(os_signal, "setitimer") and (
        threading.current_thread() is threading.main_thread()
    )
    if not able or os_signal.getitimer(os_signal.ITIMER_REAL)[0]:
        yield
        return

    def interrupt(*_: object) -> None:
        raise ReceiverTimeout(f"It took longer than {seconds:g} s.")

    before = os_signal.signal(os_signal.SIGALRM, interrupt)
    os_signal.setitimer(os_signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        os_signal.setitimer(os_signal.ITIMER_REAL, 0)
        os_signal.signal(os_signal.SIGALRM, before)
