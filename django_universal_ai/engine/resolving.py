"""Uncertain jobs: finding out what became of a POST that nobody answered for.

The service has no idempotency key, so the POST is never repeated. Its list tells which jobs it
has; where one and only one that we don't know fits one and only one row of ours, that is it.
Everything less certain is left to the webhook, which carries our token, or to a person.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import NamedTuple

from .. import jobs, limits
from ..backends import BaseBackend, backends
from ..contract import JobListItem
from ..exceptions import BackendError, JobConflict
from ..models import Status, UniversalAIJob
from .sources import asked

logger = logging.getLogger("django_universal_ai")

#: Seconds by which the service's clock may differ from ours.
SKEW = 120.0
#: Pages of a thousand that are read for one kind of job; a longer list is left alone.
PAGES = 5
#: Seconds between two looks for the same job: doubling, up to an hour.
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0


class Kind(NamedTuple):
    """What the list can be filtered by."""

    feature: str
    subfeature: str


def resolve_due(backend: BaseBackend) -> int:
    """Look for uncertain jobs that are due. Returns how many were found."""
    if not backend.can_list:
        return 0
    # The list is the account's, whichever of its aliases a job was sent by.
    ours = UniversalAIJob.objects.filter(backend__in=backends.sharing(backend.alias)).lean()
    due = list(ours.filter(backend=backend.alias).uncertain().due()[:100])
    if not due:
        return 0
    # Rows that aren't due, or that are being sent right now, may claim the same job.
    rivals = list(ours.filter(status__in=(Status.UNCERTAIN, Status.SUBMITTING)))
    found = 0
    for kind in {Kind(row.feature, row.subfeature) for row in due}:
        candidates = _candidates(backend, kind)
        found += sum(_adopt(*pair) for pair in _certain_pairs(rivals, candidates))
    for row in due:
        jobs.put_off(row, look_in=min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.polls, 10)))
    return found


def _candidates(backend: BaseBackend, kind: Kind) -> list[JobListItem]:
    """Jobs of this kind that the service has and no row of ours; none where it can't be told."""
    items: dict[str, JobListItem] = {}
    page = pages = 1
    while page <= pages:
        try:
            with asked(backend, limits.take_one(backend)):
                answer = backend.list_jobs(**kind._asdict(), page=page)
        except BackendError as error:
            logger.info("backend %r: the list can't be read: %s", backend.alias, error)
            return []
        items |= {item.public_id: item for item in answer.items}
        pages = answer.total_pages
        if pages > PAGES:
            return []
        page += 1
    ours = UniversalAIJob.objects.filter(public_id__in=items).values_list("public_id", flat=True)
    known = set(ours) | jobs.are_failed(list(items))
    return [item for public_id, item in items.items() if public_id not in known]


def _certain_pairs(
    rows: list[UniversalAIJob], candidates: list[JobListItem]
) -> list[tuple[UniversalAIJob, JobListItem]]:
    """Row and candidate that fit each other, and neither of them anything else."""
    fitting = [(row, item) for row in rows for item in candidates if _fits(row, item)]
    claims = Counter(row.pk for row, _ in fitting)
    claimed = Counter(item.public_id for _, item in fitting)
    return [
        (row, item)
        for row, item in fitting
        if claims[row.pk] == 1 and claimed[item.public_id] == 1 and row.status == Status.UNCERTAIN
    ]


def _fits(row: UniversalAIJob, item: JobListItem) -> bool:
    if row.posted_at is None or item.created_at is None:
        return False
    sent = row.request
    asked = {(wish.provider, wish.model) for wish in (sent.model_id, *sent.fallback_ids())}
    return (
        (row.feature, row.subfeature) == (item.feature, item.subfeature)
        and (item.provider, item.model) in asked
        and abs((item.created_at - row.posted_at).total_seconds()) <= SKEW
    )


def _adopt(row: UniversalAIJob, item: JobListItem) -> bool:
    try:
        return jobs.adopt_id(row, item.public_id)
    except (BackendError, JobConflict) as error:
        logger.info("job %s: it can't be resolved yet: %s", row.pk, error)
        return False
