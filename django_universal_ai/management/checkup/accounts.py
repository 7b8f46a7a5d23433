"""Accounts at services: their breaker, their gate, their limit; on request, their key."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.utils import timezone

from ... import limits
from ...backends import BaseBackend, backends
from ...contract import redact
from ...exceptions import AccountRefused, BackendError, RateLimited
from ...models import Account
from .line import Line, Mark

#: Seconds of a closed gate that are worth a word.
_LONG = 60.0


def lines(ask_service: bool = False) -> Iterator[Line]:
    known = Account.objects.in_bulk()
    for name, account in sorted(known.items()):
        yield from _breaker(name, account)
        yield from _pause(name, account)
    if not any(account.refusal or account.paused_at for account in known.values()):
        yield Line(Mark.OK, "accounts", "none is refused or paused")
    for backend in backends.all():
        if not backend.runs_here:
            yield _limit(backend, known.get(backend.account))
            if ask_service and backend.can_list:
                yield _ask(backend)


def _breaker(name: str, account: Account) -> Iterator[Line]:
    if account.refusal:
        said = f"{name}: stopped, the service says: {redact(account.refusal)}"
        way_out = "Mend the key or fill up the account; one request a minute finds out by itself."
        yield Line(Mark.LOOK, "accounts", said, way_out)
    elif account.closed_until:
        seconds = (account.closed_until - timezone.now()).total_seconds()
        if seconds > _LONG:
            said = f"{name}: the service asked for a pause, for {seconds:.0f} s more"
            yield Line(Mark.NOTE, "accounts", said)


def _pause(name: str, account: Account) -> Iterator[Line]:
    if account.paused_at:
        said = f"{name}: paused by {account.paused_by}: {account.pause_reason}"
        yield Line(Mark.LOOK, "accounts", said, "Resume it in the admin, under Accounts.")


def _limit(backend: BaseBackend, account: Account | None) -> Line:
    where = f"backend {backend.alias!r}"
    if not backend.rate_limit:
        return Line(Mark.OK, "limits", f"{where} has none")
    said = f"{where} makes up to {backend.rate_limit:g} requests a second"
    pace = limits.pace_now(account) if account else 1.0
    if pace < 1:
        said += f", {pace:.0%} of them now, because the service refused more"
        return Line(Mark.NOTE, "limits", said, "Does somebody else use the same account?")
    return Line(Mark.OK, "limits", said)


def _ask(backend: BaseBackend) -> Line:
    where = f"backend {backend.alias!r}"
    began = time.monotonic()
    try:
        with limits.minded(backend, limits.take_one(backend)):
            backend.list_jobs(limit=1)
    except RateLimited as error:
        return Line(Mark.NOTE, "service", f"{where}: {error}", "Ask again in a minute.")
    except AccountRefused as error:
        return Line(Mark.LOOK, "service", f"{where}: {error}", "Is the api_key right?")
    except BackendError as error:
        return Line(Mark.LOOK, "service", f"{where}: {error}", "Is the base_url right, and open?")
    seconds = time.monotonic() - began
    return Line(Mark.OK, "service", f"{where} answers to our key in {seconds:.2f} s")
