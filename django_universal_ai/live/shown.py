"""What people see of a job at one moment: enough to tell whether anything changed for them."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine.outlook import Outlook
from ..models import Status, UniversalAIJob
from . import words


@dataclass(frozen=True, slots=True)
class Shown:
    """A job's state, as it is shown."""

    #: Changes whenever more than time has passed: ``<id>.<status>``.
    state: str
    status: str
    words: str
    #: One more sentence, or empty.
    detail: str
    #: How much is done; ``None`` where nobody can tell.
    percent: int | None
    is_finished: bool


def shown(job: UniversalAIJob, ahead: Outlook) -> Shown:
    """The job as it is shown now. Asks the database nothing."""
    return Shown(
        state=f"{job.pk}.{job.status}",
        status=job.status,
        words=words.state(job),
        detail=words.detail(job, ahead),
        percent=_percent(job, ahead),
        is_finished=job.is_finished,
    )


def _percent(job: UniversalAIJob, ahead: Outlook) -> int | None:
    if job.status != Status.PROCESSING or ahead.progress is None:
        return None
    return min(99, max(0, int(100 * ahead.progress)))
