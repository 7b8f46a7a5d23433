"""Delivering signals: those of what a person just did, and those that failed once more."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import outbox, waking
from ..models import JobEvent, UniversalAIJob
from ..models.database import on_commit
from . import audit

#: Events that one click may touch.
MOST = 1000
#: Seconds that a person waits for receivers; what is left then is left to the workers.
PATIENCE = 15.0


def deliver_now(jobs: Iterable[UniversalAIJob]) -> None:
    """Deliver the signals of these jobs while the person waits."""
    stop_at = time.monotonic() + PATIENCE
    for job in jobs:
        if time.monotonic() >= stop_at:
            waking.advance()
            return
        outbox.deliver_due(job)


def deliver_again(request: HttpRequest, events: Iterable[JobEvent]) -> None:
    """Make the events due, under the ids that receivers know, and wake a worker."""
    found = list(events)
    chosen = [event for event in found if event.kind in outbox.SIGNALS]
    for event in chosen:
        outbox.deliver_again(event)
    audit.changed(request, chosen, _("Signal to be delivered again."))
    if chosen:
        on_commit(waking.advance)
        words = ngettext(
            "%(count)d signal will be delivered again.",
            "%(count)d signals will be delivered again.",
            len(chosen),
        )
        messages.success(request, words % {"count": len(chosen)})
    if skipped := len(found) - len(chosen):
        words = ngettext(
            "%(count)d event is skipped: it carries no signal.",
            "%(count)d events are skipped: they carry no signal.",
            skipped,
        )
        messages.warning(request, words % {"count": skipped})
    if not found:
        messages.warning(request, _("There is no such signal (any more)."))


def deliver_dead(request: HttpRequest, jobs: list[UniversalAIJob]) -> None:
    """Deliver the dead letters of these jobs again, and count the jobs that have none."""
    dead = list(JobEvent.objects.dead().filter(job__in=[job.pk for job in jobs])[:MOST])
    if dead:
        deliver_again(request, dead)
    if skipped := len(jobs) - len({event.job_id for event in dead}):
        words = ngettext(
            "%(count)d job is skipped: all its signals are delivered, or will be.",
            "%(count)d jobs are skipped: all their signals are delivered, or will be.",
            skipped,
        )
        messages.warning(request, words % {"count": skipped})
