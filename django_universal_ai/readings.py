"""What stands in the database, as metrics have it: the same in every process and on every host.

Few queries, each answered by an index over what hasn't ended, however many jobs there were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import Error
from django.db.models import Count, Min
from django.utils import timezone

from . import limits
from .backends import backends
from .models import Account, JobEvent, UniversalAIJob
from .models.database import close_stale_connections

#: Labels and a value.
Sample = tuple[dict[str, str], float]

#: Seconds for which one reading is good: metrics are read together.
_GOOD_FOR = 5.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """Everything, read at once."""

    #: Unfinished jobs: labels, how many, and the age of the oldest one in seconds.
    unfinished: tuple[tuple[dict[str, str], int, float], ...] = ()
    #: Accounts of backends: labels and row.
    accounts: tuple[tuple[dict[str, str], Account], ...] = ()
    dead: int | None = None


_last: tuple[float, _Reading] | None = None


def forget() -> None:
    """Read anew when next asked. For tests."""
    global _last
    _last = None


def _read() -> _Reading:
    """The last reading, or a new one; an empty one while the database is away."""
    global _last
    now = time.monotonic()
    if _last is None or now - _last[0] > _GOOD_FOR:
        close_stale_connections()
        try:
            _last = now, _Reading(_unfinished(), _accounts(), JobEvent.objects.dead().count())
        except Error:
            _last = now, _Reading()
        finally:
            close_stale_connections()  # who asks may be a thread of a metrics SDK
    return _last[1]


def _unfinished() -> tuple[tuple[dict[str, str], int, float], ...]:
    rows = UniversalAIJob.objects.unfinished().values_list("backend", "status")
    counted = rows.annotate(Count("pk"), Min("requested_at")).order_by("backend", "status")
    now = timezone.now()
    return tuple(
        ({"backend": backend, "status": status}, count, max(0.0, (now - since).total_seconds()))
        for backend, status, count, since in counted
    )


def _accounts() -> tuple[tuple[dict[str, str], Account], ...]:
    known = Account.objects.in_bulk()
    return tuple(
        ({"backend": backend.alias}, known[backend.account])
        for backend in backends.all()
        if backend.account in known
    )


def _jobs() -> Iterator[Sample]:
    return ((labels, float(count)) for labels, count, _ in _read().unfinished)


def _oldest() -> Iterator[Sample]:
    return ((labels, age) for labels, _, age in _read().unfinished)


def _booked() -> Iterator[Sample]:
    return ((labels, limits.booked_for(account)) for labels, account in _read().accounts)


def _refused() -> Iterator[Sample]:
    return ((labels, float(bool(account.refusal))) for labels, account in _read().accounts)


def _paused() -> Iterator[Sample]:
    accounts = _read().accounts
    return ((labels, float(account.paused_at is not None)) for labels, account in accounts)


def _dead() -> Iterator[Sample]:
    dead = _read().dead
    return iter(() if dead is None else [({}, float(dead))])


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value that goes up and down."""

    name: str
    unit: str
    description: str
    read: Callable[[], Iterator[Sample]]


GAUGES = (
    Gauge("jobs.unfinished", "{job}", "Jobs that haven't ended.", _jobs),
    Gauge("jobs.oldest", "s", "Age of the oldest job that hasn't ended.", _oldest),
    Gauge("limiter.booked", "s", "Time for which the account's requests are planned.", _booked),
    Gauge("breaker.open", "{account}", "1 while the service refuses the account.", _refused),
    Gauge("account.paused", "{account}", "1 while a person pauses the account.", _paused),
    Gauge("signals.dead", "{signal}", "Signals that a receiver never took.", _dead),
)
