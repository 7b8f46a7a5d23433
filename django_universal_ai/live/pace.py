"""How long a page waits until it asks again, where changes aren't sent to it."""

from __future__ import annotations

from django.utils import timezone

from ..engine.outlook import Outlook
from ..models import Status, UniversalAIJob

#: Seconds, at least and at most.
SHORTEST, LONGEST = 1.0, 15.0
#: A job that needs a person changes by the hour.
UNCERTAIN = 60.0
#: Of the time that is left, or else of the job's age, that goes by until the next look.
PART = 0.1


def pause(job: UniversalAIJob, ahead: Outlook) -> int:
    """Seconds until the next look, whole ones; 0 for a job that changes no more."""
    if job.is_finished:
        return 0
    if job.status == Status.UNCERTAIN:
        return round(UNCERTAIN)
    now = timezone.now()
    if ahead.eta is not None:
        seconds = (ahead.eta - now).total_seconds()
    else:
        seconds = (now - (job.submitted_at or job.requested_at)).total_seconds()
    return round(min(LONGEST, max(SHORTEST, seconds * PART)))
