from __future__ import annotations

import random
from bisect import bisect_left
from itertools import pairwise
from statistics import NormalDist

import pytest

from benchmarks.durations import MEDIAN, SIGMA
from benchmarks.frontier import best, least, within_seconds, within_share


def test_what_is_promised_of_a_schedule_comes_true() -> None:
    schedule = best(within_share(0.5), price=8.0)
    chance = random.Random(1)  # noqa: S311 - a load, not a secret
    looks = in_time = 0
    number = 20_000
    for _ in range(number):
        duration = MEDIAN * 2.718281828 ** chance.gauss(0, SIGMA)
        at = min(bisect_left(schedule.ages, duration), len(schedule.ages) - 1)
        looks += at + 1
        in_time += schedule.ages[at] <= duration * 1.5
    assert looks / number == pytest.approx(schedule.looks, rel=0.02)
    assert in_time / number == pytest.approx(schedule.in_time, abs=0.01)


def test_a_wider_bound_costs_less() -> None:
    assert least(within_share(0.5)) > least(within_share(1.0))


def test_fifteen_percent_takes_more_than_four_requests() -> None:
    assert least(within_share(0.15)) == pytest.approx(13.5, abs=0.1)
    assert least(within_share(1.0)) < 4


def test_the_cheapest_schedule_is_a_geometric_row_of_ages() -> None:
    schedule = best(within_share(0.5), price=22.2)
    twentieth = MEDIAN * 2.718281828 ** (SIGMA * NormalDist().inv_cdf(0.05))
    assert schedule.in_time == pytest.approx(0.95, abs=0.005)
    assert schedule.ages[0] == pytest.approx(1.5 * twentieth, rel=0.03)
    ratios = [after / age for age, after in pairwise(schedule.ages[:10])]
    assert ratios == pytest.approx([1.5] * 9, rel=0.02)


def test_one_look_is_enough_where_any_lag_will_do() -> None:
    # The one look comes when all but the slowest have ended: two requests, and a few more looks.
    latest = MEDIAN * 2.718281828 ** (SIGMA * NormalDist().inv_cdf(0.9999))
    assert least(within_seconds(latest)) == pytest.approx(2.0, abs=0.05)
