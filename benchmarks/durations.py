"""Durations that differ as those of real jobs do: log-normal, median and sigma as they are told."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

from .measures import quantile

MEDIAN = 60.0
SIGMA = 1.0


def stratified(number: int, median: float = MEDIAN, sigma: float = SIGMA) -> list[float]:
    """``number`` durations in seconds, one out of each equal part of the distribution, shuffled.

    Chance would add nothing but noise. The order is always the same.
    """
    normal = NormalDist()
    made = [
        median * math.exp(sigma * normal.inv_cdf((nth + 0.5) / number)) for nth in range(number)
    ]
    random.Random(number).shuffle(made)  # noqa: S311 - an order, not a secret
    return made


def polled_every(pause: float, durations: list[float]) -> tuple[float, float]:
    """What looking every ``pause`` seconds from the POST on needs.

    Gives requests per job, the POST included, and the lag's share of the duration at p95.
    """
    looks = [math.ceil(duration / pause) for duration in durations]
    shares = [n * pause / duration - 1 for n, duration in zip(looks, durations, strict=True)]
    return 1 + sum(looks) / len(looks), quantile(shares, 0.95)
