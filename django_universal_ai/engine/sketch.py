"""How long jobs of one kind take: a streaming histogram over the logarithm of their duration.

Durations span six orders of magnitude, so the buckets grow: each is 5 % wider than the one before,
and a quantile read from them is off by that much at the most. Old observations fade: once
:data:`MEMORY` of them are held, all count half.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate

#: Seconds at the lower edge of the first bucket and, at least, at the upper edge of the last.
SHORTEST, LONGEST = 0.05, 7 * 86400.0
#: Each bucket's upper edge, as a multiple of its lower one.
GROWTH = 1.05
#: Buckets of a histogram.
BUCKETS = math.ceil(math.log(LONGEST / SHORTEST) / math.log(GROWTH))
#: Observations after which all that was held before counts half.
MEMORY = 500.0
#: Observations that are added in one go: those between the same bounds cost as much as one.
AT_ONCE = 100
#: Fewer observations than this say nothing yet.
ENOUGH = 5.0
#: Observations that are thought to lie anywhere, when one that isn't exact is spread.
DOUBT = 1.0
#: Smoothing reaches over this part of the interquartile range, and so many buckets at the most.
SMOOTHING, MOST_REACH = 0.25, 8

_STEP = math.log(GROWTH)
_FIRST = math.log(SHORTEST)
_LEAST = 1e-4


def place_of(seconds: float) -> float:
    """Where a duration lies among the buckets: 2.5 is in the middle of the third."""
    return min(BUCKETS - 1e-9, max(0.0, (math.log(max(seconds, SHORTEST)) - _FIRST) / _STEP))


def seconds_at(place: float) -> float:
    """The duration at a place; the inverse of :func:`place_of`."""
    return math.exp(_FIRST + place * _STEP)


_WIDTHS = [GROWTH**bucket for bucket in range(BUCKETS)]
_WIDTHS_UP_TO = list(accumulate(_WIDTHS))


class Sketch:
    """Weighted observations by bucket. Not safe for use by two threads while it learns."""

    def __init__(self, weights: Mapping[int, float] | None = None) -> None:
        self._weights = [0.0] * BUCKETS
        for bucket, weight in (weights or {}).items():
            if 0 <= bucket < BUCKETS:
                self._weights[bucket] = weight
        self._total = sum(self._weights)
        self._sums: list[float] | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, float]) -> Sketch:
        """What :meth:`to_json` gave."""
        return cls({int(bucket): float(weight) for bucket, weight in stored.items()})

    def to_json(self) -> dict[str, float]:
        """The buckets that hold something, by number; what has faded away is left out."""
        return {
            str(bucket): round(weight, 4)
            for bucket, weight in enumerate(self._weights)
            if weight >= _LEAST
        }

    @property
    def total(self) -> float:
        """Observations held, each by the weight that it still has."""
        return self._total

    @property
    def weights(self) -> list[float]:
        """Observations by bucket."""
        return list(self._weights)

    @property
    def says_something(self) -> bool:
        """Whether enough was seen to go by it."""
        return self._total >= ENOUGH

    def learn(self, intervals: Iterable[tuple[float, float]]) -> None:
        """Add durations, in seconds, each known to lie between two bounds.

        Equal bounds are an exact duration. Any other is spread between them as the durations seen
        so far are (self-consistency), so that a look which comes late doesn't make jobs seem long.
        What is known is smoothed for it, or chance lumps would feed themselves.
        """
        reach = self._reach()
        bounds = [(int(place_of(min(low, high))), int(place_of(high))) for low, high in intervals]
        for start in range(0, len(bounds), AT_ONCE):
            alike = Counter(bounds[start : start + AT_ONCE])
            for (first, last), count in alike.items():
                self._spread(first, last, count, reach)
            self._total += alike.total()
            if self._total > MEMORY:
                self._fade()
        self._sums = None

    def _reach(self) -> int:
        """Buckets to either side that smoothing takes in: more where durations are more diverse."""
        low, high = self.quantile(0.25), self.quantile(0.75)
        if low is None or high is None:
            return 0
        return min(MOST_REACH, int((place_of(high) - place_of(low)) * SMOOTHING))

    def _spread(self, first: int, last: int, count: int, reach: int) -> None:
        if first == last:
            self._weights[last] += count
            return
        begin = max(0, first - reach)
        sums = list(accumulate(self._weights[begin : last + reach + 1], initial=0.0))
        # Doubt is even over time, not over its logarithm: "not seen before" doesn't mean "at once".
        doubt = DOUBT / _WIDTHS_UP_TO[last]
        shares = []
        for bucket in range(first, last + 1):
            low = max(0, bucket - begin - reach)
            high = min(len(sums) - 1, bucket - begin + reach + 1)
            smooth = (sums[high] - sums[low]) / (2 * reach + 1)
            shares.append(smooth + doubt * _WIDTHS[bucket])
        whole = sum(shares)
        for bucket, share in enumerate(shares, first):
            self._weights[bucket] += count * share / whole

    def _fade(self) -> None:
        self._weights = [weight / 2 for weight in self._weights]
        self._total = sum(self._weights)

    # ---------------------------------------------------------------------------------- reading

    def ended_by(self, age: float) -> float:
        """The share of jobs that take no longer than ``age`` seconds."""
        if not self._total:
            return 0.0
        place = place_of(age)
        bucket = int(place)
        before = self._cumulated()[bucket]
        return min(1.0, (before + self._weights[bucket] * (place - bucket)) / self._total)

    def quantile(self, share: float, *, age: float = 0.0) -> float | None:
        """Seconds within which ``share`` of the jobs end, of those that have lasted for ``age``.

        ``None`` where (almost) none is known to have lasted so long.
        """
        ended = self.ended_by(age)
        left = (1 - ended) * self._total
        if left < 1e-3 * max(1.0, self._total):
            return None
        wanted = ended * self._total + share * left
        sums = self._cumulated()
        bucket = max(0, bisect_left(sums, wanted) - 1)
        weight = self._weights[bucket]
        part = (wanted - sums[bucket]) / weight if weight else 0.0
        return max(age, seconds_at(bucket + min(1.0, part)))

    def part_done(self, age: float) -> float:
        """How much of its time a job of this age has behind it, on average: 0 to 1.

        It never falls as the age rises: the mean over all jobs of ``min(1, age / duration)``.
        """
        if not self._total:
            return 0.0
        done = sum(
            weight * min(1.0, age / seconds_at(bucket + 0.5))
            for bucket, weight in enumerate(self._weights)
            if weight
        )
        return done / self._total

    def _cumulated(self) -> list[float]:
        """Observations below each bucket, and all of them at the end."""
        if self._sums is None:
            self._sums = list(accumulate(self._weights, initial=0.0))
        return self._sums
