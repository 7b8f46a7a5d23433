"""When to look at a job next: soon where jobs of its kind usually end, rarely elsewhere.

Until enough is known of a kind, a job is looked at again after a fifth of its age. Then a
:class:`Plan` weighs what a look costs against what it brings, by how long jobs of the kind take.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from datetime import datetime
from itertools import accumulate

from django.utils import timezone

from ..backends import backends
from ..models import UniversalAIJob
from . import durations
from .durations import Kind, kind_of
from .sketch import BUCKETS, Sketch, place_of, seconds_at

__all__ = ["Kind", "Plan", "age_of", "first_look", "kind_of", "look_in", "next_look", "retry_pause"]

#: Seconds between two looks, at least and at most.
SHORTEST, LONGEST = 1.0, 60.0
#: A job of which nothing is known is looked at again after this part of its age.
PART_OF_AGE = 0.2
#: The same at least, where it is known that jobs of the kind end so soon.
SHORTEST_PLANNED = 0.5
#: The least that one look is worth, by the square of the looks that are wished for: with three,
#: to know it a twentieth of a job's duration earlier.
LEAST_PRICE = 0.45
#: The most; where it leaves more looks than were wished for, they are the pause's doing.
MOST_PRICE = 5.0
#: Part of the wished looks that is planned for; jitter and curiosity cost the rest.
HEADROOM = 0.9
#: A look comes after this part, to all, of what is expected to end until it was planned.
JITTER = 0.8
#: Share of the jobs whose first look comes sooner than planned: a kind that became faster would
#: not be noticed otherwise, as everything has ended by the first look anyway.
CURIOSITY = 0.1
#: Observations that are thought to lie anywhere around those that were made.
DOUBT = 1.0
#: Buckets around those with observations in which a job may end as well: a factor of two.
MARGIN = 14
#: Shares of all observations, at either end, that no plan is made for.
NEGLIGIBLE = 0.002


def first_look(kind: Kind) -> float:
    """Seconds from the submission of a job until the first look at it.

    It goes by what this process remembers and asks the database nothing: an answer to a paid
    request is in hand that must be stored first. See :func:`durations.refresh`.
    """
    plan = _plan(kind, durations.remembered(kind))
    if plan is None:
        return backends[kind.backend].first_look
    pause = plan.next_look(0.0)
    if random.random() < CURIOSITY and pause > SHORTEST:  # noqa: S311 - no secret
        return float(SHORTEST * (pause / SHORTEST) ** random.random())  # noqa: S311
    return pause


def next_look(kind: Kind, age: float) -> float:
    """Seconds until the next look at a job that is at work for ``age`` seconds, with jitter."""
    plan = _plan(kind, durations.known(kind))
    return _unplanned(age) if plan is None else plan.next_look(age)


def look_in(job: UniversalAIJob) -> float:
    """:func:`next_look` for a row."""
    return next_look(kind_of(job), age_of(job.submitted_at))


def age_of(submitted_at: datetime | None) -> float:
    """Seconds since the submission; 0 for a job that wasn't taken over yet."""
    return max(0.0, (timezone.now() - submitted_at).total_seconds()) if submitted_at else 0.0


def retry_pause(attempts: int) -> float:
    """Seconds until a job that couldn't be sent is sent again: doubling, with full jitter."""
    return random.uniform(0.5, 1.0) * min(LONGEST, 2.0 ** min(attempts, 10))  # noqa: S311


def _unplanned(age: float) -> float:
    pause = min(LONGEST, max(SHORTEST, age * PART_OF_AGE))
    return pause * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, no secret


def _plan(kind: Kind, known: durations.Known | None) -> Plan | None:
    if known is None or not known.sketch.says_something:
        return None
    looks = backends[kind.backend].looks
    if known.plan is None or known.plan.wished != looks:
        known.plan = Plan(known.sketch, looks=looks)
    return known.plan


class Plan:
    """The inspection schedule with the least cost for one distribution of durations.

    A look costs its price; a job that ended unseen costs the time until the next look, as a share
    of its duration. Going backward through the buckets gives the best next look for each age
    (dynamic programming). The price is the least that keeps the expected number of looks at a
    job within ``looks``, and at least :data:`LEAST_PRICE`, so that jobs which all take the same
    time get one or two.
    """

    def __init__(self, sketch: Sketch, *, looks: float) -> None:
        self.wished = looks
        self._first, masses = _masses(sketch)
        self._end = self._first + len(masses)
        #: Seconds at each edge, and the share that ended before it.
        self._edges = [seconds_at(place) for place in range(self._first, self._end + 1)]
        self._ended = [min(1.0, share) for share in accumulate(masses, initial=0.0)]
        middles = (max(SHORTEST, seconds_at(self._first + at + 0.5)) for at in range(len(masses)))
        inverse = (mass / middle for mass, middle in zip(masses, middles, strict=True))
        self._inverse = list(accumulate(inverse, initial=0.0))
        self.price = LEAST_PRICE / looks**2
        #: For each edge, the one of the next look; and the looks at a job, as expected.
        self._next, self.looks = self._schedule(self.price)
        if self.looks > HEADROOM * looks:
            self._raise_price(HEADROOM * looks)

    def _raise_price(self, looks: float) -> None:
        low, high = self.price, max(MOST_PRICE, self.price)
        while high / low > 1.1:
            price = (low * high) ** 0.5
            _, expected = self._schedule(price)
            if expected > looks:
                low = price
            else:
                high = price
        self.price = high
        self._next, self.looks = self._schedule(high)

    def _schedule(self, price: float) -> tuple[list[int], float]:
        edges, ended, inverse = self._edges, self._ended, self._inverse
        last = len(edges) - 1
        best = [last] * (last + 1)
        cost = [0.0] * (last + 1)
        looks = [0.0] * (last + 1)
        for here in range(last - 1, -1, -1):
            least = float("inf")
            soonest, latest = edges[here] + SHORTEST_PLANNED, edges[here] + LONGEST
            # The later a job is, the later its next look: no edge after the neighbour's is best.
            for there in range(here + 1, best[here + 1] + 1):
                at = edges[there]
                if at < soonest and there < last:
                    continue
                if at > latest and least < float("inf"):
                    break
                lag = max(0.0, at * (inverse[there] - inverse[here]) - (ended[there] - ended[here]))
                if lag + cost[there] < least:
                    least, best[here] = lag + cost[there], there
            goal = best[here]
            # Where even one bucket takes longer than the longest pause, it takes several looks.
            needed = max(1.0, (edges[goal] - edges[here]) / LONGEST)
            left = 1.0 - ended[here]
            cost[here] = least + price * left * needed
            looks[here] = looks[goal] + left * needed
        return best, looks[0]

    def next_look(self, age: float) -> float:
        """Seconds until the next look at a job of this age, with jitter."""
        place = place_of(age)
        if place >= self._end or age > self._edges[-1]:
            return _unplanned(age)
        at = max(0, round(place - self._first))
        goal = self._next[min(at, len(self._next) - 2)]
        if self._edges[goal] < age + SHORTEST_PLANNED:
            goal = min(goal + 1, len(self._edges) - 1)
        before = self._ended_at(place)
        jitter = random.uniform(JITTER, 1.0)  # noqa: S311 - jitter, no secret
        pause = self._seconds(before + (self._ended[goal] - before) * jitter) - age
        return max(SHORTEST_PLANNED, min(LONGEST * jitter, pause))

    def _ended_at(self, place: float) -> float:
        inside = place - self._first
        if inside <= 0:
            return 0.0
        at = int(inside)
        return self._ended[at] + (self._ended[at + 1] - self._ended[at]) * (inside - at)

    def _seconds(self, share: float) -> float:
        """When this share of all jobs has ended."""
        at = min(bisect_right(self._ended, share), len(self._ended) - 1)
        low, high = self._ended[at - 1], self._ended[at]
        part = (share - low) / (high - low) if high > low else 1.0
        return self._edges[at - 1] + (self._edges[at] - self._edges[at - 1]) * min(1.0, part)


def _masses(sketch: Sketch) -> tuple[int, list[float]]:
    """The first bucket in which a job may end, and the share of jobs by bucket from there on.

    Few observations are blurred, and a little doubt is laid around all of them.
    """
    weights = sketch.weights
    sums = list(accumulate(weights))
    least = sketch.total * NEGLIGIBLE
    shortest = next(bucket for bucket in range(BUCKETS) if sums[bucket] > least)
    longest = next(bucket for bucket in range(BUCKETS) if sums[bucket] >= sketch.total - least)
    first, end = max(0, shortest - MARGIN), min(BUCKETS, longest + MARGIN + 1)
    blur = round(8 / sketch.total**0.5)
    doubt = DOUBT / (end - first)
    blurred = [doubt] * (end - first)
    for bucket in range(shortest, longest + 1):
        if not weights[bucket]:
            continue
        low, high = max(first, bucket - blur), min(end, bucket + blur + 1)
        for near in range(low, high):
            blurred[near - first] += weights[bucket] / (high - low)
    whole = sum(blurred)
    return first, [mass / whole for mass in blurred]
