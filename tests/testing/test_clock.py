"""Days: what a token may spend in one goes by the calendar, and not by a clock."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_universal_ai.models import Price
from django_universal_ai.testing import UniversalAI

from .test_kit import INPUT, SPEECH

pytest.importorskip("ninja", reason="the extra [gateway] is not installed")
from django_universal_ai.gateway import ledger, meters, tokens, usage
from django_universal_ai.gateway.models import Token, TokenMeter
from django_universal_ai.gateway.refusals import OutOfCredits

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 29)


@pytest.fixture(autouse=True)
def _no_midnight_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "today", lambda: TODAY)


def make_token(**limits: Any) -> Token:
    user = get_user_model().objects.create_user("ann")
    tokens.create(user, **limits)
    return Token.objects.get()


def spend(universal_ai: UniversalAI, token: Token, cost: str) -> None:
    """A job of the token ends, and costs this."""
    universal_ai.on(SPEECH).succeed(cost=cost)
    ledger.submit(token, model=SPEECH, input=INPUT)
    universal_ai.run()


def is_out_of_credits(token: Token) -> bool:
    try:
        ledger.submit(token, model=SPEECH, input=INPUT)
    except OutOfCredits:
        return True
    return False


@pytest.mark.parametrize(("budget", "days"), [("credits_per_day", 1), ("credits_per_month", 31)])
def test_a_day_or_a_month_has_a_new_budget(
    universal_ai: UniversalAI, budget: str, days: int
) -> None:
    token = make_token(**{budget: Decimal(1)})
    spend(universal_ai, token, "1")
    assert is_out_of_credits(token)
    universal_ai.travel(days=days)
    assert not is_out_of_credits(token)


def test_what_is_set_aside_is_of_its_day(universal_ai: UniversalAI) -> None:
    Price.objects.create(name=SPEECH, unit="reserve", amount=Decimal(1))
    token = make_token(credits_per_day=Decimal(1))
    assert [is_out_of_credits(token) for _ in range(2)] == [False, True]
    universal_ai.travel(days=1)
    assert [is_out_of_credits(token) for _ in range(2)] == [False, True]


def test_hours_add_up_to_a_day(universal_ai: UniversalAI) -> None:
    token = make_token(credits_per_day=Decimal(1))
    spend(universal_ai, token, "1")
    for _ in range(3):
        universal_ai.travel(hours=6)
        assert is_out_of_credits(token)
    universal_ai.travel(hours=6)
    assert not is_out_of_credits(token)


@pytest.mark.parametrize(("today", "month_spent"), [(TODAY, "2"), (TODAY.replace(day=1), "0")])
def test_a_day_later_the_month_may_be_the_same(
    universal_ai: UniversalAI, monkeypatch: pytest.MonkeyPatch, today: date, month_spent: str
) -> None:
    monkeypatch.setattr(meters, "today", lambda: today)
    token = make_token(credits_per_day=Decimal(5), credits_per_month=Decimal(5))
    spend(universal_ai, token, "2")
    universal_ai.travel(days=1)
    meter = TokenMeter.objects.get()
    assert (meter.day, meter.day_spent) == (today, Decimal(0))
    assert (meter.month, meter.month_spent) == (today.replace(day=1), Decimal(month_spent))


def test_days_stay_apart(universal_ai: UniversalAI) -> None:
    token = make_token()
    for cost in ("1", "2", "3"):
        spend(universal_ai, token, cost)
        universal_ai.travel(days=1)
    assert [(row["day"], row["credits"]) for row in usage.totals(by=["day"])] == [
        (TODAY - timedelta(days=ago), cost) for ago, cost in ((3, 1), (2, 2), (1, 3))
    ]
