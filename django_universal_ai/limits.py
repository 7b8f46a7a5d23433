"""What one account may ask for: its rate, its gate, its breaker, and a person's pause.

All processes and hosts share them through the :class:`Account` row, by the database's clock.
The rate is kept by the generic cell rate algorithm: one moment per account says when the next
request may leave, and one conditional ``UPDATE`` reserves the moments that follow it. Nobody has
to wait for a moment in order to reserve one.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from . import telemetry
from .backends import BaseBackend, backends
from .exceptions import (
    AccountPaused,
    AccountRefused,
    BackendError,
    RateLimited,
    Rejected,
    TurnMissed,
)
from .models import Account
from .models.database import NOW, atomic, from_now, retrying

logger = logging.getLogger("django_universal_ai")

#: Part of the rate that is used: moments are kept here, but requests reach the service with
#: jitter, and it counts them by its own clock.
MARGIN = 0.95
#: Seconds by which a request may leave late. A process that stood still must not make up for it:
#: the others kept to their moments, and the margin takes no more than this.
LATENESS = 1 - MARGIN
#: Seconds worth of moments that are reserved at once.
BATCH = 0.5
#: Seconds ahead of which moments are still given out: to the engine; to somebody who waits, and so
#: always finds room; to what can wait until the account has nothing else to do.
HORIZON, URGENT, PATIENT = 0.5, 2.0, 0.0
#: Times that moments are asked for again when another process took them.
RACES = 5
#: A 429 means that others use the account, too. Our pace, as a part of the rate, falls to this part
#: of what was refused, but not below the least; rises quickly, per second, until it is near to what
#: was refused.
FALL, LEAST, NEAR, QUICKLY = 0.8, 0.1, 0.97, 0.03
#: There it stays for about so many seconds, since each refusal closes the gate for a second or
#: more. It goes beyond by so much in that time, by eight times as much in twice the time: slowly
#: while the others are still there, and soon where they are gone.
PLATEAU, BEYOND = 60.0, 0.03
#: Seconds that the gate stays closed after a 429 which doesn't say how long.
DEFAULT_PAUSE = 2.0
#: Seconds for which a closed gate is waited for; beyond that there is nothing to do for now.
SHORT_PAUSE = 3.0
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
        """Wait for it: usually a tenth of a second."""
        time.sleep(self.seconds_left)


def take_one(backend: BaseBackend) -> Turn:
    """The next turn, for somebody who waits for it; its moment awaited.

    It goes before what the engine has still to do. Raises
    :class:`~django_universal_ai.exceptions.RateLimited` while the account is busy or closed, and
    under it ``AccountPaused`` while a person keeps it closed.
    """
    for turn in _take(backend, 1, URGENT):
        turn.await_moment()
        return turn
    if (account := _state(backend.account))["paused_at"]:
        who, why = account["paused_by"] or "somebody", account["pause_reason"]
        raise AccountPaused(f"The account is paused by {who}" + (f": {why}" if why else "."))
    raise RateLimited("The account's limit is used up; try again in a moment.")


def take(backend: BaseBackend, wanted: int = 1, *, patient: bool = False) -> list[Turn]:
    """Up to ``wanted`` turns, fewer when the account is busy, none while its gate is closed.

    ``patient``: only turns that nobody else would use now.
    """
    return _take(backend, wanted, PATIENT if patient else HORIZON)


@retrying
def busy_for(backend: BaseBackend) -> float | None:
    """Seconds until the engine is given moments again; ``None`` while it gets none at all."""
    account = _state(backend.account)
    if account["paused_at"] or account["refusal"]:
        return None
    if account["is_closed"]:
        closed_for = float((account["closed_until"] - account["now"]).total_seconds())
        return closed_for if closed_for <= SHORT_PAUSE else None
    return max(0.0, _ahead(account) - HORIZON)


@retrying
def _take(backend: BaseBackend, wanted: int, horizon: float) -> list[Turn]:
    for _ in range(RACES):
        account = _state(backend.account)
        if account["paused_at"] or account["is_closed"]:
            return []
        if account["refusal"]:
            return _probe(backend)
        if not backend.rate_limit:
            return [Turn(time.monotonic())] * wanted
        turns = _reserve(backend, account, wanted, horizon)
        if turns is not None:
            return turns
    return []


def _state(name: str) -> Mapping[str, Any]:
    row = Account.objects.filter(name=name).values(
        "next_request_at",
        "closed_until",
        "refusal",
        "pace",
        "paced_at",
        "paused_at",
        "paused_by",
        "pause_reason",
        now=NOW,
        is_closed=Case(When(closed_until__gt=NOW, then=True), default=False),
    )
    found = row.first()
    if found is None:
        ensure(name)
        return row.get()
    return found


def _probe(backend: BaseBackend) -> list[Turn]:
    """One process wins this; the others see the gate closed again."""
    is_open = Q(closed_until__isnull=True) | Q(closed_until__lte=NOW)
    refused = Account.objects.filter(is_open, name=backend.account).exclude(refusal="")
    probing = refused.update(closed_until=from_now(PROBE_EVERY))
    return [Turn(time.monotonic(), is_probe=True)] if probing else []


def _reserve(
    backend: BaseBackend, account: Mapping[str, Any], wanted: int, horizon: float
) -> list[Turn] | None:
    """The moments that follow the last reserved one; ``None`` where another took them."""
    read_at = time.monotonic()
    ahead = _ahead(account)
    if ahead > horizon:
        return []
    interval = 1 / (float(backend.rate_limit or 1) * MARGIN * _pace(account))
    count = max(1, min(wanted, int(BATCH / interval)))
    end = account["now"] + timedelta(seconds=ahead + count * interval)
    unchanged = Account.objects.filter(
        name=backend.account, next_request_at=account["next_request_at"]
    )
    if not unchanged.update(next_request_at=end):
        return None
    first = read_at + ahead
    return [Turn(first + index * interval, is_paced=True) for index in range(count)]


def _ahead(account: Mapping[str, Any]) -> float:
    """Seconds for which moments are reserved."""
    now, reserved_until = account["now"], account["next_request_at"]
    return 0.0 if reserved_until is None else max(0.0, (reserved_until - now).total_seconds())


def _pace(account: Mapping[str, Any]) -> float:
    """The part of the rate that seems to be ours: others may use the same account."""
    if account["paced_at"] is None:
        return 1.0
    refused: float = account["pace"]
    least, near = max(LEAST, refused * FALL), max(LEAST, refused * NEAR)
    seconds: float = max(0.0, (account["now"] - account["paced_at"]).total_seconds())
    later = seconds - (near - least) / QUICKLY
    if later < 0:
        return least + QUICKLY * seconds
    pace: float = near + BEYOND * (later / PLATEAU) ** 3
    return min(1.0, pace)


def pace_now(account: Account) -> float:
    """The part of its rate that is used now: less than 1 after a 429, for others use it, too."""
    return _pace(_now(account))


def booked_for(account: Account) -> float:
    """Seconds ahead for which moments are given out; 0 where a request could leave at once."""
    return _ahead(_now(account))


def _now(account: Account) -> Mapping[str, Any]:
    names = ("next_request_at", "pace", "paced_at")
    return {name: getattr(account, name) for name in names} | {"now": timezone.now()}


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
    except BackendError as error:
        if not isinstance(error, TurnMissed):  # that one never left
            telemetry.count_request(backend.alias, error)
        if isinstance(error, RateLimited):
            close_gate(backend, error.retry_after)
        elif isinstance(error, AccountRefused):
            open_breaker(backend, str(error))
        elif isinstance(error, Rejected):
            _end_probe(backend, turn)  # it refuses this request, no longer the account
        raise
    telemetry.count_request(backend.alias, None)
    _end_probe(backend, turn)


def _end_probe(backend: BaseBackend, turn: Turn | None) -> None:
    if turn is not None and turn.is_probe:
        close_breaker(backend)


@retrying
def close_gate(backend: BaseBackend, seconds: float | None) -> None:
    """Let no request of this account leave for ``seconds``; never shortens a longer pause."""
    pause = DEFAULT_PAUSE if seconds is None else seconds
    until = from_now(pause + random.uniform(0, 0.25))  # noqa: S311 - jitter, no secret
    account = _state(backend.account)
    row = Account.objects.filter(name=backend.account)
    sooner = Q(closed_until__isnull=True) | Q(closed_until__lt=from_now(pause))
    row.filter(sooner).update(closed_until=until)
    # Requests that were under way together are refused together, and count once.
    recently = Q(paced_at__gt=from_now(-1.0))
    row.exclude(recently).update(pace=_pace(account), paced_at=NOW)


@retrying
def open_breaker(backend: BaseBackend, reason: str) -> None:
    """Stop the account: jobs stay as they are, one request a minute probes it."""
    logger.error("Universal AI account of backend %r refused: %s", backend.alias, reason)
    ensure(backend.account)
    Account.objects.filter(name=backend.account).update(
        refusal=reason[:500],
        refused_at=Coalesce(F("refused_at"), NOW),
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
    account = _state(backend.account)
    return not (account["is_closed"] or account["paused_at"])


@retrying
def pause(name: str, *, by: str, reason: str = "") -> bool:
    """Let no request of this account leave until :func:`resume`, in no process and on no host.

    It holds over restarts, and whatever the service says meanwhile. Requests that were given their
    moments before still leave: that is half a second's worth. ``False`` where it is paused already.

    ``name`` is a backend's ``account``, which isn't its alias. Raises :class:`LookupError` where
    none is called so.
    """
    _find(name)
    going = Account.objects.filter(name=name, paused_at=None)
    return bool(going.update(paused_at=NOW, paused_by=by[:150], pause_reason=reason[:500]))


@retrying
def resume(name: str) -> bool:
    """End a person's pause. ``False`` where there is none. ``name`` as for :func:`pause`."""
    _find(name)
    paused = Account.objects.filter(name=name, paused_at__isnull=False)
    return bool(paused.update(paused_at=None, paused_by="", pause_reason=""))


def _find(name: str) -> None:
    """See that the account has its row, which it gets with its first request."""
    if Account.objects.filter(name=name).exists():
        return
    configured = {backend.account for backend in backends.all() if not backend.runs_here}
    if name not in configured:
        known = sorted(configured | set(Account.objects.values_list("name", flat=True)))
        raise LookupError(
            f"No account is called {name!r}. Known: {', '.join(known)}. "
            "A backend tells its own: backends['default'].account"
        )
    ensure(name)
