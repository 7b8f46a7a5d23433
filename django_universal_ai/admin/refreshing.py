"""The action Refresh: asking the service for the state of jobs now."""

from __future__ import annotations

import logging
import time
from collections import Counter

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import jobs, waking
from ..models import Status, UniversalAIJob
from ..models.database import on_commit
from . import audit
from .results import Failures

logger = logging.getLogger("django_universal_ai")

#: Jobs that are asked for while the person waits; more of them are left to the workers.
AT_ONCE = 20
#: Seconds that the person waits, at the most, for the first of the last request.
PATIENCE = 15.0
#: Jobs that one click may touch.
MOST = 1000


def refresh(request: HttpRequest, chosen: list[UniversalAIJob]) -> None:
    """Ask for a few jobs at once; of many, make the unfinished ones due for the workers."""
    audit.changed(request, chosen, _("Refresh asked for."))
    outcomes: Counter[str] = Counter()
    failures = Failures()
    stop_at = time.monotonic() + (PATIENCE if len(chosen) <= AT_ONCE else 0)
    waiting = list(chosen)
    while waiting and time.monotonic() < stop_at:
        job = waiting.pop(0)
        try:
            outcomes[_refresh(job)] += 1
        except Exception as error:  # a backend may raise whatever it likes; the others go on
            logger.warning("job %s couldn't be refreshed", job.pk, exc_info=True)
            failures.add(error)
    _leave_to_workers(waiting, outcomes)
    for outcome, count in outcomes.items():
        level, words = _words(outcome, count)
        messages.add_message(request, level, words % {"count": count})
    failures.tell(request)


def _refresh(job: UniversalAIJob) -> str:
    """What came of it: a final status, or ``ended`` (before), ``asked``, ``due``."""
    if job.is_finished:
        return "ended"
    looks = job.polls
    seen = jobs.refresh(job)
    if seen.is_finished:
        return seen.status
    return "asked" if seen.polls > looks else "due"


def _leave_to_workers(waiting: list[UniversalAIJob], outcomes: Counter[str]) -> None:
    if not waiting:
        return
    unfinished = [job.pk for job in waiting if not job.is_finished]
    jobs.postpone(unfinished, seconds=0)
    on_commit(waking.advance)
    for outcome, count in (("due", len(unfinished)), ("ended", len(waiting) - len(unfinished))):
        if count:
            outcomes[outcome] += count


def _words(outcome: str, count: int) -> tuple[int, str]:
    if outcome == Status.SUCCESS:
        return messages.SUCCESS, ngettext(
            "%(count)d job ended in success.", "%(count)d jobs ended in success.", count
        )
    if outcome == Status.FAIL:
        return messages.WARNING, ngettext("%(count)d job failed.", "%(count)d jobs failed.", count)
    if outcome == "asked":
        return messages.INFO, ngettext(
            "%(count)d job is still at work.", "%(count)d jobs are still at work.", count
        )
    if outcome == "due":
        return messages.INFO, ngettext(
            "%(count)d job was made due: a worker looks at it next.",
            "%(count)d jobs were made due: a worker looks at them next.",
            count,
        )
    return messages.INFO, ngettext(
        "%(count)d job had ended before: there is nothing to ask for.",
        "%(count)d jobs had ended before: there is nothing to ask for.",
        count,
    )
