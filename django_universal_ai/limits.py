"""What one account may ask for: its rate, its gate, its breaker.

All processes and hosts share them through the :class:`Account` row, by the database's clock.
The rate is kept by the generic cell rate algorithm: one moment per account says when the next
request may leave, and one conditional ``UPDATE`` reserves the moments that follow it.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce, Greatest, Now

from .backends import BaseBackend
from .exceptions import AccountRefused, RateLimited, Rejected
from .models import Account
from .models.database import atomic, from_now, retrying

logger = logging.getLogger("django_universal_ai")

#: Part of the rate that is used: moments are kept here, but requests reach the service with
#: jitter, and it counts them by its own clock.
MARGIN = 0.95
#: Seconds by which a request may leave late. A process that stood still must not make up for it:
#: the others kept to their moments, and the margin takes no more than this.
LATENESS = 1 - MARGIN
#: Seconds ahead for which moments are reserved at most.
HORIZON = 1.0
#: Seconds that the gate stays closed after a 429 which doesn't say how long.
DEFAULT_PAUSE = 2.0
#: Seconds between two probes of an account that refuses us.
PROBE_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to make one request, at ``moment`` (``time.monotonic``) or later."""

    moment: float
    #: The one request that finds out whether the account works again.
    is_probe: bool = False
    #: Whether the moment counts: not where nobody limits the rate.
    is_paced: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether its moment went by unused; then it is lost."""
        return self.is_paced and time.monotonic() - self.moment > LATENESS

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.moment - time.monotonic())

    def await_moment(self) -> None:
        """Wait for it: never longer than :data:`HORIZON`, usually a tenth of a second."""
        time.sleep(self.seconds_left)


def take_one(backend: BaseBackend) -> Turn:
    """The next turn, its moment awaited.

    Raises :class:`~django_universal_ai.exceptions.RateLimited` while the account is busy or closed.
    """
    for turn in take(backend):
        turn.await_moment()
        return turn
    raise RateLimited("The account's limit is used up; try again in a moment.")


@retrying
def take(backend: BaseBackend, wanted: int = 1) -> list[Turn]:
    """Up to ``wanted`` turns, fewer when the account is busy, none while its gate is closed."""
    ensure(backend.account)
    is_open = Q(closed_until__isnull=True) | Q(closed_until__lte=Now())
    account = Account.objects.filter(is_open, name=backend.account)
    if account.filter(refusal="").exists():
        return _reserve(backend, wanted)
    # One process wins this; the others see the gate closed again.
    probing = account.exclude(refusal="").update(closed_until=from_now(PROBE_EVERY))
    return [Turn(time.monotonic(), is_probe=True)] if probing else []


def _reserve(backend: BaseBackend, wanted: int) -> list[Turn]:
    if not backend.rate_limit:
        return [Turn(time.monotonic())] * wanted
    interval = 1 / (backend.rate_limit * MARGIN)
    count = max(1, min(wanted, int(HORIZON / 2 / interval)))
    start = Greatest(Coalesce("next_request_at", Now()), Now())
    end = ExpressionWrapper(
        start + timedelta(seconds=count * interval), output_field=DateTimeField()
    )
    not_too_far = Q(next_request_at__isnull=True) | Q(next_request_at__lte=from_now(HORIZON))
    with atomic():
        row = Account.objects.filter(not_too_far, name=backend.account)
        if not row.update(next_request_at=end):
            return []
        reserved_until, now = (
            Account.objects.filter(name=backend.account).values_list("next_request_at", Now()).get()
        )
    first = time.monotonic() + (reserved_until - now).total_seconds() - count * interval
    return [Turn(first + index * interval, is_paced=True) for index in range(count)]


def ensure(name: str) -> None:
    """Make the account's row if there is none yet."""
    if Account.objects.filter(name=name).exists():
        return
    try:
        with atomic():
            Account.objects.create(name=name)
    except IntegrityError:
        pass  # another process made it in the meantime


@contextmanager
def minded(backend: BaseBackend, turn: Turn | None = None) -> Iterator[None]:
    """Around a request: what its answer says of the account, all processes heed."""
    try:
        yield
    except RateLimited as error:
        close_gate(backend, error.retry_after)
        raise
    except AccountRefused as error:
        open_breaker(backend, str(error))
        raise
    except Rejected:
        _end_probe(backend, turn)  # it refuses this request, no longer the account
        raise
    _end_probe(backend, turn)


def _end_probe(backend: BaseBackend, turn: Turn | None) -> None:
    if turn is not None and turn.is_probe:
        close_breaker(backend)


@retrying
def close_gate(backend: BaseBackend, seconds: float | None) -> None:
    """Let no request of this account leave for ``seconds``; never shortens a longer pause."""
    pause = DEFAULT_PAUSE if seconds is None else seconds
    until = from_now(pause + random.uniform(0, 0.25))  # noqa: S311 - jitter, no secret
    ensure(backend.account)
    sooner = Q(closed_until__isnull=True) | Q(closed_until__lt=from_now(pause))
    Account.objects.filter(sooner, name=backend.account).update(closed_until=until)


@retrying
def open_breaker(backend: BaseBackend, reason: str) -> None:
    """Stop the account: jobs stay as they are, one request a minute probes it."""
    logger.error("Universal AI account of backend %r refused: %s", backend.alias, reason)
    ensure(backend.account)
    Account.objects.filter(name=backend.account).update(
        refusal=reason[:500],
        refused_at=Coalesce(F("refused_at"), Now()),
        closed_until=from_now(PROBE_EVERY),
    )


@retrying
def close_breaker(backend: BaseBackend) -> None:
    """The account works again."""
    logger.info("Universal AI account of backend %r works again", backend.alias)
    Account.objects.filter(name=backend.account).update(
        refusal="", refused_at=None, closed_until=None
    )


def is_open(backend: BaseBackend) -> bool:
    """Whether requests of this account may leave at all just now."""
    closed = Account.objects.filter(name=backend.account, closed_until__gt=Now())
    return not closed.exists()
