"""Durations and money as people read them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from django_universal_ai.admin import wording


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.00018, "0 s"),
        (0.4237, "0.42 s"),
        (59.5, "59.5 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert wording.duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-9, "0 s"), (42, "42 s"), (200, "3 min"), (7500, "2 h"), (273600, "3 d")],
)
def test_age(seconds: int, words: str) -> None:
    assert wording.age(timezone.now() - timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, ""),
        (Decimal("0E-12"), "0.000"),
        (Decimal("0.012500000000"), "0.0125"),
        (Decimal("1E-12"), "0.000000000001"),
        (Decimal("120"), "120.000"),
    ],
)
def test_cost(amount: Decimal | None, words: str) -> None:
    assert wording.cost(amount) == words
