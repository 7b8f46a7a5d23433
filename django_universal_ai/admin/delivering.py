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
    chosen = [event for event in events if event.kind in outbox.SIGNALS]
    for event in chosen:
        outbox.deliver_again(event)
    audit.changed(request, chosen, _("Signal to be delivered again."))
    on_commit(waking.advance)
    words = ngettext(
        "%(count)d signal will be delivered again.",
        "%(count)d signals will be delivered again.",
        len(chosen),
    )
    messages.success(request, words % {"count": len(chosen)})
