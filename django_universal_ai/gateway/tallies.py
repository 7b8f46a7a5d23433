"""How many jobs a list holds in all, told exactly without counting a million of them each time.

Jobs that ended don't change any more. So what was asked for long enough ago is counted once and
kept as a :class:`Tally`; a list adds what came after it, which an index tells quickly.

What a client deletes is known at once. What a host deletes by itself, or dates back, is known when
the tally is made anew: within :data:`GOOD_FOR`.
"""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass

from django.db.models import Min
from django.utils import timezone

from ..models import UniversalAIJob
from ..models.database import atomic, retrying
from ..models.managers import JobQuerySet
from .models import DeletedJob, Tally

#: Jobs that are counted for each list; with more, a tally is made.
FEW = 5000
#: After so long, the transaction that made a job is certainly over.
SETTLED = datetime.timedelta(hours=1)
#: How long a tally is good for.
GOOD_FOR = datetime.timedelta(minutes=10)

#: Stands for a status in the row that those lock who change an owner's tallies.
_LOCK = "-"


@dataclass(frozen=True, slots=True)
class Kind:
    """Which jobs of whom: the filters of a list, empty where there is none."""

    owner_id: int
    feature: str = ""
    subfeature: str = ""
    status: str = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.feature or self.subfeature or self.status)


def total(rows: JobQuerySet, kind: Kind) -> int:
    """How many ``rows`` there are: the jobs of this kind that its owner sees."""
    tally = Tally.objects.filter(**asdict(kind), before__isnull=False).first()
    if tally is None or tally.counted_at < timezone.now() - GOOD_FOR:
        number = rows.count()
        if number > FEW:
            _count(rows, kind)
        return number
    recent = rows.filter(requested_at__gte=tally.before).count()
    return tally.jobs + recent


@retrying
def _count(rows: JobQuerySet, kind: Kind) -> None:
    before = timezone.now() - SETTLED
    if kind.is_filtered:  # a job that hasn't ended may come to fit, or cease to
        unfinished = UniversalAIJob.objects.unfinished().filter(owner=kind.owner_id)
        oldest = unfinished.aggregate(oldest=Min("requested_at"))["oldest"]
        before = min(before, oldest or before)
    _make_lock(kind.owner_id)
    with atomic():
        _lock(kind.owner_id)
        jobs = rows.filter(requested_at__lt=before).count()
        counted = {"before": before, "jobs": jobs, "counted_at": timezone.now()}
        Tally.objects.update_or_create(**asdict(kind), defaults=counted)


@retrying
def delete(job: UniversalAIJob) -> None:
    """Hide a job from its owner, and forget what was counted with it."""
    _make_lock(job.owner_id)
    with atomic():
        # Who counts at the same time is done before, and forgotten, or sees it gone.
        _lock(job.owner_id)
        DeletedJob.objects.get_or_create(job=job)
        Tally.objects.filter(owner=job.owner_id).exclude(status=_LOCK).delete()


def _make_lock(owner_id: int | None) -> None:
    Tally.objects.get_or_create(owner_id=owner_id, feature="", subfeature="", status=_LOCK)


def _lock(owner_id: int | None) -> None:
    """Wait for others that change this owner's tallies, and let those that come wait."""
    lock = Tally.objects.filter(owner=owner_id, feature="", subfeature="", status=_LOCK)
    list(lock.select_for_update())
