from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.engine.sketch import (
    BUCKETS,
    GROWTH,
    LONGEST,
    MEMORY,
    SHORTEST,
    Sketch,
    place_of,
    seconds_at,
)

DURATIONS = st.floats(SHORTEST, LONGEST)


def exactly(*seconds: float) -> Sketch:
    sketch = Sketch()
    sketch.learn((each, each) for each in seconds)
    return sketch


@given(DURATIONS)
def test_a_place_tells_the_duration(seconds: float) -> None:
    assert seconds_at(place_of(seconds)) == pytest.approx(seconds, rel=1e-6)
    assert 0 <= int(place_of(seconds)) < BUCKETS


def test_what_is_beyond_the_buckets_goes_into_the_outermost() -> None:
    sketch = exactly(0.0, 1e-9, 1e9)
    assert sketch.weights[0] == 2
    assert sketch.weights[-1] == 1


def test_nothing_is_said_of_what_was_not_seen() -> None:
    sketch = Sketch()
    assert not sketch.says_something
    assert sketch.quantile(0.5) is None
    assert sketch.ended_by(10) == 0
    assert sketch.part_done(10) == 0


@given(st.lists(st.floats(0.1, 1e5), min_size=1, max_size=60), st.floats(0.05, 1))
def test_a_quantile_is_right_within_a_bucket(seconds: list[float], share: float) -> None:
    found = exactly(*seconds).quantile(share)
    wanted = sorted(seconds)[max(0, -int(-share * len(seconds) // 1) - 1)]
    assert found is not None
    assert wanted / GROWTH * 0.999 <= found <= wanted * GROWTH * 1.001


def test_a_quantile_minds_the_age_that_was_reached() -> None:
    sketch = exactly(*[10.0] * 50, *[100.0] * 50)
    assert sketch.quantile(0.25) == pytest.approx(10, rel=0.06)
    assert sketch.quantile(0.25, age=20) == pytest.approx(100, rel=0.06)
    assert sketch.quantile(0.5, age=500) is None


@given(st.lists(st.floats(0.1, 1e5), min_size=1, max_size=30), st.floats(0.1, 1e6))
def test_the_part_done_never_falls(seconds: list[float], age: float) -> None:
    sketch = exactly(*seconds)
    assert 0 <= sketch.part_done(age) <= sketch.part_done(age * 1.1) <= 1 + 1e-9


def test_the_part_done_of_jobs_that_all_take_as_long_is_linear() -> None:
    sketch = exactly(*[100.0] * 20)
    parts = [sketch.part_done(age) for age in (0, 25, 50, 75)]
    assert parts == pytest.approx([0, 0.25, 0.5, 0.75], abs=0.02)


@given(st.lists(st.tuples(DURATIONS, DURATIONS), max_size=30))
def test_every_observation_weighs_one(intervals: list[tuple[float, float]]) -> None:
    sketch = Sketch()
    sketch.learn((min(bounds), max(bounds)) for bounds in intervals)
    assert sketch.total == len(intervals)
    assert sum(sketch.weights) == pytest.approx(len(intervals))


def test_a_wide_interval_follows_what_is_known() -> None:
    sketch = exactly(*[10.0] * 50)
    sketch.learn([(0.0, 40.0)] * 50)
    assert sketch.ended_by(11) > 0.95


def test_late_looks_do_not_make_jobs_seem_long() -> None:
    """Jobs of 8 to 12 s, seen at work and then ended at whatever moments someone looked."""
    chance = random.Random(4)  # noqa: S311 - repeatable
    sketch = Sketch()
    for _ in range(400):
        took, low, high = chance.uniform(8, 12), 0.0, 0.0
        while high < took:
            low, high = high, high + chance.uniform(2, 10)
        sketch.learn([(low, high)])
    median = sketch.quantile(0.5)
    assert median == pytest.approx(10, rel=0.1)


def test_old_observations_fade() -> None:
    sketch = exactly(*[100.0] * 1000)
    sketch.learn([(10.0, 10.0)] * 1000)
    assert MEMORY / 2 <= sketch.total <= MEMORY
    assert sketch.ended_by(20) > 0.75
    sketch.learn([(10.0, 10.0)] * 5000)
    assert sketch.ended_by(20) == pytest.approx(1, abs=1e-4)


@given(st.lists(st.floats(0.1, 1e5), max_size=40))
def test_it_is_kept_as_json(seconds: list[float]) -> None:
    sketch = exactly(*seconds)
    again = Sketch.from_json(json.loads(json.dumps(sketch.to_json())))
    assert again.weights == pytest.approx(sketch.weights)
    assert again.total == pytest.approx(sketch.total)


def test_buckets_that_nobody_has_are_ignored() -> None:
    assert Sketch.from_json({"-1": 3, str(BUCKETS): 3, "5": 2}).total == 2
