"""Erasing jobs that ended: the row, all that hangs on it, and the files that only it has read.

Each batch is one transaction, so whoever is killed in the midst of it has erased whole jobs, and
what is left of their files is written down for the workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..models import JobFile, UniversalAIFile, UniversalAIJob, WebhookReceipt
from ..models.database import atomic, from_now, retrying
from ..models.file import GRACE
from ..models.managers import JobQuerySet
from . import needs


@dataclass(slots=True)
class Erased:
    """What became of some jobs."""

    jobs: int = 0
    #: Files whose content goes with them.
    files: int = 0
    #: How many stay, by the name of the need that keeps them.
    kept: Counter[str] = field(default_factory=Counter)

    def add(self, other: Erased) -> None:
        self.jobs += other.jobs
        self.files += other.files
        self.kept += other.kept


def ended_before(moment: datetime, rows: JobQuerySet, *, size: int) -> Iterator[list[UUID]]:
    """Ids of ``rows`` that ended before ``moment``, oldest first, ``size`` at a time.

    Backend by backend, because an index leads there; each page begins where the last one ended.
    """
    for backend in _backends():
        ended = rows.filter(backend=backend, finished_at__lt=moment).order_by("finished_at", "pk")
        page = list(ended.values_list("finished_at", "pk")[:size])
        while page:
            yield [pk for _, pk in page]
            at, last = page[-1]
            later = ended.filter(Q(finished_at__gt=at) | Q(pk__gt=last), finished_at__gte=at)
            page = list(later.values_list("finished_at", "pk")[:size])


def _backends() -> Iterator[str]:
    """The aliases that jobs have, also those that are no longer configured."""
    alias: str | None = ""
    names = UniversalAIJob.objects.order_by("backend").values_list("backend", flat=True)
    while (alias := names.filter(backend__gt=alias).first()) is not None:
        yield alias


def forecast(ids: Sequence[UUID]) -> Erased:
    """What :func:`erase` would do now."""
    free = needs.unneeded(UniversalAIJob.objects.filter(pk__in=ids)).count()
    return Erased(jobs=free, kept=_kept(ids) if free < len(ids) else Counter())


def erase(ids: Sequence[UUID], *, files_from_before: datetime | None = None) -> Erased:
    """Erase the jobs that nothing needs any more.

    With ``files_from_before``, a file that no job reads any more goes, too, if it was stored
    before that moment and wouldn't expire by itself: workers remove its content, some minutes
    later. What a table of the host protects stays.
    """
    try:
        return _erase(ids, files_from_before)
    except IntegrityError:
        if len(ids) == 1:
            return Erased(kept=Counter({needs.REFERRED_TO.name: 1}))
    erased = Erased()
    for part in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
        erased.add(erase(part, files_from_before=files_from_before))
    return erased


@retrying
def _erase(ids: Sequence[UUID], files_from_before: datetime | None) -> Erased:
    erased = Erased()
    with atomic():
        free = needs.unneeded(UniversalAIJob.objects.filter(pk__in=ids))
        locked = free.order_by("pk").select_for_update().values_list("pk", "public_id")
        chosen = dict(locked)
        read = list(JobFile.objects.filter(job__in=chosen).values_list("file", flat=True))
        if chosen:
            # All columns would be read otherwise, those of megabytes, too.
            UniversalAIJob.objects.filter(pk__in=chosen).only("pk").delete()
            # They came while nobody knew the job, and so aren't tied to it.
            there = [public_id for public_id in chosen.values() if public_id]
            WebhookReceipt.objects.filter(job=None, public_id__in=there).delete()
            erased.jobs = len(chosen)
        if read and files_from_before is not None:
            erased.files = _let_go(read, files_from_before)
    if len(chosen) < len(ids):
        erased.kept = _kept(ids)
    return erased


def _let_go(ids: Sequence[UUID], before: datetime) -> int:
    """Of these files, those that no job reads any more go."""
    files = UniversalAIFile.objects.filter(pk__in=ids)
    # Whoever erases another job that has read one of them is done before, or waits for us.
    list(files.order_by("pk").select_for_update().values_list("pk"))
    unread = files.filter(~Exists(JobFile.objects.filter(file=OuterRef("pk"))))
    unread.filter(file="").delete()  # its content had expired
    return unread.filter(expires_at=None, created_at__lt=before).update(
        expires_at=timezone.now(), remove_at=from_now(GRACE.total_seconds())
    )


def _kept(ids: Sequence[UUID]) -> Counter[str]:
    return Counter({need.name: count for need, count in needs.why(ids)})
