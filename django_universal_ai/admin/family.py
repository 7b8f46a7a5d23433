"""A job, what it repeats, and what repeats it: the whole tree, and what all of it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib.admin import AdminSite
from django.utils.safestring import SafeString

from ..models import UniversalAIJob
from ..models.managers import JobQuerySet
from . import links, wording

#: The jobs by the one that they repeat.
Children = dict[UUID | None, list[UniversalAIJob]]

#: Jobs that are shown, and generations that are followed up and down.
MOST, MOST_GENERATIONS = 200, 25
#: Levels that are indented; deeper ones stand below each other.
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Member:
    """One job of the tree."""

    job: UniversalAIJob
    badge: SafeString
    url: str | None
    cost: str
    #: 1 is the first job of all.
    level: int
    is_this: bool

    @property
    def indent(self) -> int:
        return min(self.level, DEEPEST)


@dataclass(frozen=True, slots=True)
class Family:
    """The tree, each job before those that repeat it."""

    members: list[Member]
    #: The sum of the costs that are known; empty where none is.
    total: str
    unknown: int
    is_cut: bool


def family(site: AdminSite, job: UniversalAIJob) -> Family | None:
    """``None`` for a job that repeats nothing and that nothing repeats.

    One query for each generation, and one to see that there is no further one.
    """
    first = _first(job)
    children, is_cut = _descendants(first)
    if not children:
        return None
    jobs = list(_in_order(first, children))
    total, unknown = wording.total(member for member, _level in jobs)
    return Family(
        members=[
            Member(
                job=member,
                badge=wording.status_badge(member),
                url=links.job_url(site, member.pk),
                cost=wording.cost(member.known_cost),
                level=level,
                is_this=member.pk == job.pk,
            )
            for member, level in jobs
        ],
        total=total,
        unknown=unknown,
        is_cut=is_cut or first.parent_id is not None,
    )


def _rows() -> JobQuerySet:
    columns = ("requested_model", "status", "requested_at", "cost", "parent_id")
    return UniversalAIJob.objects.only(*columns)


def _first(job: UniversalAIJob) -> UniversalAIJob:
    """The job that all others come from; an ancestor of it where there are too many."""
    for _generation in range(MOST_GENERATIONS):
        parent = _rows().filter(pk=job.parent_id).first() if job.parent_id else None
        if parent is None:
            break
        job = parent
    return job


def _descendants(first: UniversalAIJob) -> tuple[Children, bool]:
    """The jobs by the one that they repeat, and whether there are more of them."""
    children: Children = defaultdict(list)
    found, generation = {first.pk}, [first.pk]
    # Up and down from the job in the middle: twice as many.
    for _generation in range(2 * MOST_GENERATIONS):
        room = MOST - len(found)
        later = _rows().filter(parent__in=generation).order_by("requested_at")
        rows = [row for row in later[: room + 1] if row.pk not in found]
        for row in rows[:room]:
            children[row.parent_id].append(row)
        found |= {row.pk for row in rows}
        if len(rows) > room:
            return children, True
        generation = [row.pk for row in rows]
        if not generation:
            return children, False
    return children, True


def _in_order(first: UniversalAIJob, children: Children) -> Iterator[tuple[UniversalAIJob, int]]:
    """Each job and its level, before those that repeat it."""
    waiting = [(first, 1)]
    while waiting:
        job, level = waiting.pop()
        yield job, level
        waiting += [(child, level + 1) for child in reversed(children.get(job.pk, []))]
