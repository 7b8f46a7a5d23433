from __future__ import annotations

import math
from statistics import median

import pytest

from benchmarks.durations import polled_every, stratified


def test_durations_have_the_median_and_the_spread_that_were_asked_for() -> None:
    made = stratified(1001, median=60.0, sigma=1.0)
    assert median(made) == pytest.approx(60.0)
    below = sum(duration < 60.0 / math.e for duration in made) / len(made)
    assert below == pytest.approx(0.1587, abs=0.002)
    assert made == stratified(1001, median=60.0, sigma=1.0)
    assert made != sorted(made)


def test_a_fixed_poll_asks_as_often_as_the_duration_says() -> None:
    assert polled_every(5.0, [12.0]) == (1 + 3, 0.25)
    assert polled_every(5.0, [12.0, 5.0, 100.0])[0] == 1 + (3 + 1 + 20) / 3
