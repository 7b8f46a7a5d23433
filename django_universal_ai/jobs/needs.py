"""What still needs a job's row, so that it can't be erased yet.

Apps above say what they need: they register it here, in ``AppConfig.ready``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..models import TERMINAL, JobEvent, Status, UniversalAIJob
from ..models.event import EventQuerySet
from ..models.managers import JobQuerySet
from .falling_back import KEPT_THERE

#: By how much the service's clock and ours may differ, and more: a job that it tells of could be
#: the one that we erased, or the one that we look for.
_AROUND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Need:
    """Why rows stay, and what a person can do about it."""

    name: str
    reason: str
    """A clause about a job, as in "1 kept: uncertain"."""
    way_out: str
    """A sentence."""
    #: The jobs that it is about. Called anew for each statement: times pass.
    rows: Callable[[], Q]


def _in_flight() -> Q:
    return ~Q(status__in=(*TERMINAL, Status.UNCERTAIN))


def _undelivered() -> Q:
    return Q(Exists(_events().filter(deliver_at__isnull=False)))


def _given_up() -> Q:
    return Q(Exists(_events().dead()))


def _events() -> EventQuerySet:
    found: EventQuerySet = JobEvent.objects.filter(job=OuterRef("pk"))
    return found


def _unpriced() -> Q:
    return Q(status__in=TERMINAL, due_at__isnull=False)


def _beside_an_uncertain_one() -> Q:
    """Jobs by which an uncertain one could be mistaken for another.

    What becomes of an uncertain job is found out by what the service has and no row here does.
    Were the row of another job of the same minutes gone, its result could be taken for that of the
    uncertain one.
    """
    sent = UniversalAIJob.objects.filter(
        status__in=(Status.UNCERTAIN, Status.SUBMITTING),
        posted_at__gte=OuterRef("requested_at") - _AROUND,
        posted_at__lte=OuterRef("finished_at") + _AROUND,
    )
    return Q(Exists(sent), finished_at__gt=timezone.now() - KEPT_THERE)


#: Not asked for, but found out: only the database knows the tables of the host.
REFERRED_TO = Need(
    "referred_to",
    "another table refers to it and doesn't let it go",
    "Delete what refers to it first.",
    lambda: Q(pk__in=()),
)

_needs: dict[str, Need] = {}


def register(*needs: Need) -> None:
    """Keep rows that are needed so; the same name again takes its place."""
    for need in needs:
        _needs[need.name] = need


register(
    Need(
        "in_flight",
        "not ended yet",
        "Wait until it has (universal_ai list --status unfinished), then try again.",
        _in_flight,
    ),
    Need(
        "uncertain",
        "uncertain",
        "Resolve it in the admin, or with universal_ai adopt or give-up.",
        lambda: Q(status=Status.UNCERTAIN),
    ),
    Need(
        "signal",
        "its signal is on the way",
        "Let a worker run (or universal_ai run --once), then try again.",
        _undelivered,
    ),
    Need(
        "signal_given_up",
        "a receiver never took its signal",
        "Mend the receiver and deliver again in the admin.",
        _given_up,
    ),
    Need(
        "cost",
        "the service is still asked for its cost",
        "Let a worker run until it is there, then try again.",
        _unpriced,
    ),
    Need(
        "near_uncertain",
        "at the service when a job was sent that is uncertain now",
        "Resolve that one; eight days after its own end it can go in any case.",
        _beside_an_uncertain_one,
    ),
    REFERRED_TO,
)


def unneeded(rows: JobQuerySet) -> JobQuerySet:
    """Of ``rows``, those that nothing needs any more."""
    for need in _needs.values():
        rows = rows.filter(~need.rows())
    return rows


def why(ids: Iterable[UUID]) -> Iterator[tuple[Need, int]]:
    """What keeps these jobs: each need with how many of them. One job may have several."""
    rows = UniversalAIJob.objects.filter(pk__in=list(ids))
    for need in _needs.values():
        if count := rows.filter(need.rows()).count():
            yield need, count


def named(name: str) -> Need:
    """The need of that name."""
    return _needs[name]
