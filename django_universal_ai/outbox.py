"""Delivery of signals: at least once, by whichever process gets to it."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone

from . import signals
from .models import EventKind, JobEvent, UniversalAIJob
from .models.database import from_now, retrying

logger = logging.getLogger("django_universal_ai")

SIGNALS: dict[str, Signal] = {
    EventKind.SUBMITTED: signals.job_submitted,
    EventKind.SUCCEEDED: signals.job_succeeded,
    EventKind.FAILED: signals.job_failed,
}

#: Seconds that one delivery may take before another process begins it anew.
CLAIM = 60.0
#: After so many deliveries that a receiver refused, the event waits for a person.
MOST_DELIVERIES = 12
#: Seconds between two deliveries, at the most.
LONGEST_PAUSE = 3600.0


def deliver_due(job: UniversalAIJob | None = None, limit: int = 100) -> int:
    """Deliver what is due, oldest first; of one job where given. Returns how many."""
    due = JobEvent.objects.filter(deliver_at__lte=Now()).order_by("at")
    if job is not None:
        due = due.filter(job=job)
    return sum(deliver(event_id) for event_id in list(due.values_list("pk", flat=True)[:limit]))


def deliver(event_id: object) -> bool:
    """Deliver one event, unless it isn't due or another process has it. Says whether it did."""
    if not _claim(event_id):
        return False
    event = JobEvent.objects.select_related("job").get(pk=event_id)
    outcomes = SIGNALS[event.kind].send_robust(
        sender=UniversalAIJob, job=event.job, event_id=event.pk
    )
    errors = [
        f"{_name(receiver)}: {type(outcome).__name__}: {outcome}"
        for receiver, outcome in outcomes
        if isinstance(outcome, Exception)
    ]
    _settle(event, errors)
    return True


@retrying
def _claim(event_id: object) -> int:
    claimed: int = JobEvent.objects.filter(pk=event_id, deliver_at__lte=Now()).update(
        deliver_at=from_now(CLAIM), deliveries=F("deliveries") + 1
    )
    return claimed


@retrying
def _settle(event: JobEvent, errors: list[str]) -> None:
    row = JobEvent.objects.filter(pk=event.pk, delivered_at__isnull=True)
    if not errors:
        row.update(deliver_at=None, delivered_at=timezone.now(), delivery_error="")
        return
    text = "\n".join(errors)
    if event.deliveries >= MOST_DELIVERIES:
        logger.error("Gave up on signal %s of job %s:\n%s", event.kind, event.job_id, text)
        row.update(deliver_at=None, delivery_error=text)
        return
    pause = min(LONGEST_PAUSE, 2.0**event.deliveries)
    logger.warning("Signal %s of job %s will be repeated:\n%s", event.kind, event.job_id, text)
    row.update(deliver_at=from_now(pause), delivery_error=text)


def deliver_again(event: JobEvent) -> None:
    """Make a delivered or given-up event due once more, with the same id."""
    JobEvent.objects.filter(pk=event.pk).update(
        deliver_at=Now() - timedelta(seconds=1), delivered_at=None, deliveries=0
    )


def _name(receiver: object) -> str:
    module = getattr(receiver, "__module__", "")
    return f"{module}.{getattr(receiver, '__qualname__', repr(receiver))}"
