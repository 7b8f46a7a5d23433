"""When a job will probably end, by how long jobs of its kind took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..models import Status, UniversalAIJob
from . import durations
from .cadence import age_of, kind_of
from .sketch import Sketch

#: A job that is still at work is never all done.
MOST_DONE = 0.99
#: "Latest" is when this share of the jobs that lasted as long as this one have ended.
NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect of a job. All that isn't known is ``None``."""

    #: Seconds that half of the jobs of this kind take at the most, from being taken over.
    usual: float | None = None
    #: When half of the jobs that lasted as long as this one have ended.
    eta: datetime | None = None
    #: When nine of ten of them have.
    latest: datetime | None = None
    #: 0 to 1: what the provider says of this job, else the part of its time that is over, as
    #: expected. It never falls as time goes by, and it is 1 only where the job ended in success.
    progress: float | None = None


def outlook(job: UniversalAIJob) -> Outlook:
    """The outlook of one row. One query for all jobs of the backend, twice a minute at most."""
    known = durations.known(kind_of(job))
    if known is None or not known.sketch.says_something:
        return Outlook(progress=job.progress)
    sketch = known.sketch
    usual = sketch.quantile(0.5)
    if job.status != Status.PROCESSING or job.submitted_at is None:
        return Outlook(usual, progress=job.progress)
    age = age_of(job.submitted_at)
    done = min(MOST_DONE, sketch.part_done(age)) if job.progress is None else job.progress
    return Outlook(
        usual,
        _moment(job.submitted_at, sketch, 0.5, age),
        _moment(job.submitted_at, sketch, NEARLY_ALL, age),
        done,
    )


def _moment(began: datetime, sketch: Sketch, share: float, age: float) -> datetime | None:
    seconds = sketch.quantile(share, age=age)
    return None if seconds is None else began + timedelta(seconds=seconds)
