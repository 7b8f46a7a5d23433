"""Requests per second of a token, kept for all processes and hosts together.

The generic cell rate algorithm, as in :mod:`django_universal_ai.limits`; but nobody waits here:
one conditional ``UPDATE`` lets a request in, or it is refused.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from django.db.models import Case, DurationField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.fields import DateTimeField

from ..models.database import NOW, from_now, retrying
from ..models.statements import update_row
from . import meters
from .models import Token, TokenMeter
from .refusals import TooMany

#: Seconds whose requests may come all at once.
BURST = 1.0


def take(token: Token) -> None:
    """Let one request in. Costs one query; raises :class:`TooMany` over the limit."""
    if token.requests_per_second is None:
        return
    if not _take(token, token.requests_per_second):
        wait = _wait(token, token.requests_per_second)
        if wait > 0 or not _take(token, token.requests_per_second):
            raise TooMany(
                f"Too many requests: this token may make {token.requests_per_second:g} a second.",
                retry_after=wait,
            )


@retrying
def _take(token: Token, rate: float) -> bool:
    open_, in_turn = _terms(rate)
    return update_row(_meters, token.pk, open_, {"next_request_at": in_turn})


@lru_cache(maxsize=100)
def _terms(rate: float) -> tuple[Q, Case]:
    """When a request may come, and when the next one after it: kept, as the statement is."""
    interval = timedelta(seconds=1 / rate)
    later = ExpressionWrapper(
        F("next_request_at") + Value(interval, DurationField()), output_field=DateTimeField()
    )
    idle = Q(next_request_at__isnull=True) | Q(next_request_at__lte=NOW)
    soon = Q(next_request_at__lte=from_now(_ahead(rate)))
    return idle | soon, Case(When(idle, then=from_now(interval.total_seconds())), default=later)


def _meters() -> QuerySet[TokenMeter]:
    return TokenMeter.objects.all()


def _ahead(rate: float) -> float:
    """Seconds by which requests may come early: a burst of them, and at least one."""
    return max(0.0, BURST - 1 / rate)


@retrying
def _wait(token: Token, rate: float) -> float:
    """Seconds until the next request is let in; 0 where there was no row to count in yet."""
    row = TokenMeter.objects.filter(token=token.pk).values("next_request_at", now=NOW).first()
    if row is None:
        meters.recount(token)
        return 0.0
    if row["next_request_at"] is None:
        return 0.0
    return float((row["next_request_at"] - row["now"]).total_seconds()) - _ahead(rate)
