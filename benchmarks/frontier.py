"""The fewest looks that any schedule needs for results that are in time.

Durations are log-normal, the schedule knows them only as a distribution, and a look tells just
whether the job has ended. Then a schedule is a row of ages, the same for every job, and chance in
it gains nothing but points between two schedules. A look at age ``t`` finds jobs whose duration
was between the look before and ``t``; in time are those that ended late enough: for a lag of at
most a ``share`` of the duration, not before ``t / (1 + share)``. So

    looks    = the sum of P(duration > the look before) over all looks
    in time  = the sum of P(max(the look before, t / (1 + share)) < duration <= t)

and the least ``looks - price * in time`` over all schedules is found backwards, look by look, on a
grid of log-ages. Each price gives a corner of the frontier; between two corners lies the straight
line that a mixture of both schedules reaches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .durations import MEDIAN, SIGMA

#: Given the age of a look, the shortest duration that it still finds in time (arrays of seconds).
Reach = Callable[[Any], Any]

#: Grid of log-ages in units of sigma around the median: from, to, step.
LOW, HIGH, STEP = -4.5, 5.0, 0.004


@dataclass(frozen=True, slots=True)
class Schedule:
    """Looks per job, the part of jobs that is found in time, and the ages of the looks in s."""

    looks: float
    in_time: float
    ages: tuple[float, ...]


def within_share(share: float) -> Reach:
    """A lag of at most this part of the duration is in time."""
    return lambda age: age / (1 + share)


def within_seconds(seconds: float) -> Reach:
    """A lag of at most so many seconds is in time."""
    return lambda age: np.maximum(age - seconds, 1e-9)


def best(reach: Reach, price: float, sigma: float = SIGMA, median: float = MEDIAN) -> Schedule:
    """The schedule that costs least when a job found in time is worth ``price`` looks."""
    grid = np.arange(LOW, HIGH, STEP)
    ages = median * np.exp(sigma * grid)
    below = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in grid])
    below[0], below[-1] = 0.0, 1.0  # no job ends before the first age, or after the last
    too_early = np.interp(np.log(reach(ages) / median) / sigma, grid, below)
    size = len(grid)
    value, following = np.zeros(size), np.zeros(size, dtype=int)
    # From the end: what is still to be paid after a look at grid[i].
    for i in range(size - 2, -1, -1):
        gain = below[i + 1 :] - np.maximum(below[i], too_early[i + 1 :])
        cost = (1 - below[i]) - price * gain + value[i + 1 :]
        at = int(np.argmin(cost))
        value[i], following[i] = cost[at], i + 1 + at
    looks = in_time = 0.0
    chosen, i = [], 0
    while i < size - 1:
        j = int(following[i])
        looks += 1 - below[i]
        in_time += below[j] - max(below[i], too_early[j])
        chosen.append(float(ages[j]))
        i = j
    return Schedule(float(looks), float(in_time), tuple(chosen))


def least(reach: Reach, part: float = 0.95) -> float:
    """The fewest requests per job, the POST included, with which ``part`` of them is in time."""
    low, high = 0.0, 4096.0
    few, many = best(reach, low), best(reach, high)
    while high - low > 1e-3 * high:
        price = (low + high) / 2
        found = best(reach, price)
        if found.in_time >= part:
            high, many = price, found
        else:
            low, few = price, found
    mixed = (part - few.in_time) / max(many.in_time - few.in_time, 1e-9)
    return 1 + few.looks + min(1.0, mixed) * (many.looks - few.looks)
