"""Where a job stands, in words for the people who wait for it.

They know nothing of services, leases and backends, and can't do anything about them: what only an
operator understands is said in the admin.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..contract import redact
from ..engine.outlook import Outlook
from ..models import Status, UniversalAIJob

#: Characters of a reason that are shown.
MOST_CHARACTERS = 300

STATES = {
    Status.PENDING: gettext_lazy("Waiting to start"),
    Status.SUBMITTING: gettext_lazy("Starting"),
    Status.PROCESSING: gettext_lazy("Working on it"),
    Status.UNCERTAIN: gettext_lazy("Checking how far it got"),
    Status.SUCCESS: gettext_lazy("Done"),
    Status.FAIL: gettext_lazy("It didn't work"),
}

#: Ends that we brought about, by ``error["type"]``: their messages are for operators.
_TECHNICAL = {
    "given_up": gettext_lazy("Nobody could tell how it went, so it was ended by hand."),
    "missing": gettext_lazy("It got lost on the way."),
    "unreadable": gettext_lazy("The answer couldn't be read."),
    "not_storable": gettext_lazy("The answer couldn't be stored."),
    "timeout": gettext_lazy("It took far too long."),
    "worker_lost": gettext_lazy("It was interrupted too often."),
    "ProviderCrashed": gettext_lazy("The program that worked on it broke."),
    "ProviderTimeout": gettext_lazy("It took longer than it may."),
    "ProviderOutOfMemory": gettext_lazy("It needed more memory than it may have."),
    "ProviderMissing": gettext_lazy("This site can't do that at the moment."),
}
#: Types of our own whose messages are about what was asked for.
_PLAIN = ("", "rejected", "file", "ProviderError")


def state(job: UniversalAIJob) -> str:
    """Where it stands, in a few words."""
    return str(STATES[Status(job.status)])


def detail(job: UniversalAIJob, ahead: Outlook) -> str:
    """One more sentence about a job that hasn't ended: how long it should take; may be empty."""
    if job.status == Status.UNCERTAIN:
        return _("Something got in the way. It's being looked into; you don't have to do anything.")
    if job.is_finished or ahead.usual is None:
        return ""
    if job.status != Status.PROCESSING:
        return _("It usually takes %(duration)s.") % {"duration": _about(ahead.usual)}
    if ahead.eta is None:
        return _("It takes longer than usual.")
    return time_left(ahead.eta)


def time_left(eta: datetime) -> str:
    """How long it should still take, in words that stay true for a moment."""
    seconds = (eta - timezone.now()).total_seconds()
    if seconds < 5:
        return _("Nearly there.")
    return _("About %(duration)s left.") % {"duration": _about(seconds)}


def failure(job: UniversalAIJob) -> str:
    """Why it failed: in the words of who did it where they are about the request, else in ours."""
    error: Any = job.error
    said = error if isinstance(error, dict) else {}
    kind = str(said.get("type") or "")
    if kind in _TECHNICAL:
        return str(_TECHNICAL[kind])
    # A provider of our own that breaks speaks of its insides; a service speaks to its customers.
    ran_here = job.public_id == str(job.pk)
    message = said.get("message")
    if not isinstance(message, str) or not message.strip() or (ran_here and kind not in _PLAIN):
        return _("Something broke on our side.")
    words = redact(message.encode("utf-8", "replace").decode())
    return f"{words[:MOST_CHARACTERS]}…" if len(words) > MOST_CHARACTERS else words


def _about(seconds: float) -> str:
    """A duration, as roughly as people say it."""
    if seconds < 90:
        count = max(1, round(seconds)) if seconds < 10 else round(seconds / 5) * 5
        return ngettext("%(count)d second", "%(count)d seconds", count) % {"count": count}
    if seconds < 5400:
        count = round(seconds / 60)
        return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
    count = round(seconds / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
