from __future__ import annotations

import math
import random
import time
from statistics import NormalDist

import pytest
from pytest_django import Settings

from django_universal_ai.backends import backends
from django_universal_ai.engine import cadence
from django_universal_ai.engine.cadence import Kind, Plan
from django_universal_ai.engine.sketch import Sketch
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, in_seconds, learned

pytestmark = pytest.mark.django_db

KIND = Kind("default", AUDIO)


@pytest.mark.parametrize(
    ("age", "pause"), [(0, 1), (4, 1), (10, 2), (100, 20), (300, 60), (86400, 60)]
)
def test_what_nothing_is_known_of_is_looked_at_after_a_part_of_its_age(
    age: float, pause: float
) -> None:
    pauses = [cadence.next_look(KIND, age) for _ in range(50)]
    assert all(0.79 * pause <= each <= 1.01 * pause for each in pauses)
    assert len(set(pauses)) > 1


def test_a_row_is_looked_at_by_its_kind_and_age() -> None:
    job = UniversalAIJob(backend="default", requested_model=AUDIO, submitted_at=in_seconds(-100))
    assert 16 <= cadence.look_in(job) <= 20.1


def test_a_job_that_was_not_taken_over_yet_counts_as_new() -> None:
    assert cadence.age_of(None) == 0
    assert cadence.age_of(in_seconds(60)) == 0


@pytest.mark.parametrize(("attempts", "most"), [(0, 1), (1, 2), (5, 32), (6, 60), (10_000, 60)])
def test_sending_is_retried_with_growing_pauses(attempts: int, most: float) -> None:
    pauses = [cadence.retry_pause(attempts) for _ in range(50)]
    assert all(most / 2 <= each <= most for each in pauses)


# ------------------------------------------------------------------------------- what was learned


def even(low: float, high: float, count: int) -> list[float]:
    """Durations from ``low`` to ``high`` seconds, each as likely as the other."""
    return [low + (high - low) * (at + 0.5) / count for at in range(count)]


def log_normal(count: int) -> list[float]:
    """Durations with a median of 60 s and a sigma of 1: a tenth of them takes under 17 s, another
    over 216 s."""
    return [60 * math.exp(NormalDist().inv_cdf(share)) for share in even(0, 1, count)]


def plan_of(took: list[float], *, looks: float = 3) -> Plan:
    """The plan once these durations are known exactly."""
    sketch = Sketch()
    sketch.learn((each, each) for each in took)
    return Plan(sketch, looks=looks)


def watched(plan: Plan, durations: list[float]) -> tuple[float, list[float]]:
    """Looks at one job, on average, and the lags as shares of the durations, in order."""
    looks, lags = 0, []
    for took in durations:
        age = 0.0
        while age < took:
            age += plan.next_look(age)
            looks += 1
        lags.append(age / took - 1)
    return looks / len(durations), sorted(lags)


@pytest.mark.parametrize(
    "took",
    [even(9.5, 10.5, 400), even(28.5, 31.5, 400), even(9.5, 10.5, 200) + even(28.5, 31.5, 200)],
    ids=["10 s", "30 s", "10 s or 30 s"],
)
def test_jobs_that_take_the_same_time_are_seen_at_once(took: list[float]) -> None:
    looks, lags = watched(plan_of(took), took)
    assert looks <= 2
    assert lags[380] <= 0.11


@pytest.mark.parametrize(("wished", "share"), [(3, 2.4), (5, 0.9), (8, 0.5)])
def test_of_jobs_that_take_any_time_a_few_looks_see_most_soon(wished: float, share: float) -> None:
    """See docs/explanation/cadence.md for how close that is to the least that can be had."""
    looks, lags = watched(plan_of(log_normal(400), looks=wished), log_normal(2000))
    assert looks <= 1.05 * wished
    assert lags[1900] <= share


def test_it_learns_as_well_from_its_own_looks() -> None:
    """Nobody tells when a job ended: only between which two looks."""
    coming = log_normal(1500)
    random.Random(3).shuffle(coming)  # noqa: S311 - repeatable
    sketch = Sketch()
    sketch.learn((took, took) for took in log_normal(10))
    for at in range(0, 1500, 25):
        plan = Plan(sketch, looks=3)
        sketch.learn(interval(plan, took) for took in coming[at : at + 25])
    looks, lags = watched(Plan(sketch, looks=3), log_normal(2000))
    assert looks <= 3.4
    assert lags[1000] <= 0.45
    assert sketch.quantile(0.5) == pytest.approx(60, rel=0.3)


def interval(plan: Plan, took: float) -> tuple[float, float]:
    low, high = 0.0, plan.next_look(0)
    while high < took:
        low, high = high, high + plan.next_look(high)
    return low, high


def test_no_pause_is_longer_than_a_minute_and_no_two_are_the_same() -> None:
    plan = plan_of(even(3000, 4000, 100))
    pauses = [plan.next_look(age) for age in range(0, 9000, 50)]
    assert all(0.5 <= pause <= 60 for pause in pauses)
    assert len(set(pauses)) > 100


def test_beyond_all_that_was_seen_the_age_decides_again() -> None:
    plan = plan_of([10.0] * 50)
    assert 16 <= plan.next_look(100) <= 20


def test_a_thousand_looks_are_planned_in_a_moment() -> None:
    learned("default", AUDIO, log_normal(200))
    cadence.next_look(KIND, 1.0)
    ages = even(0, 300, 1000)
    began = time.process_time()
    for age in ages:
        cadence.next_look(KIND, age)
    assert time.process_time() - began < 0.1  # 5 ms on an idle machine


def test_the_first_look_comes_where_jobs_of_the_kind_begin_to_end() -> None:
    learned("default", AUDIO, [30.0] * 50)
    assert cadence.first_look(KIND) == backends["default"].first_look  # nothing was read yet
    cadence.next_look(KIND, 0)
    looks = sorted(cadence.first_look(KIND) for _ in range(300))
    assert 20 < looks[150] <= 32
    assert looks[0] < 20  # now and then it looks sooner, to see whether that changed


def test_a_few_jobs_teach_nothing() -> None:
    learned("default", AUDIO, [30.0] * 4)
    assert 0.8 <= cadence.next_look(KIND, 0) <= 1


def test_the_backends_option_says_how_many_looks(settings: Settings) -> None:
    learned("remote", AUDIO, log_normal(400))
    pauses = []
    for looks in (2, 20):
        settings.UNIVERSAL_AI = {
            "default": {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"},
            "remote": {
                "BACKEND": "django_universal_ai.backends.http.HTTPBackend",
                "OPTIONS": {"looks": looks},
            },
        }
        kind = Kind("remote", AUDIO)
        pauses.append(sum(cadence.next_look(kind, 30) for _ in range(50)) / 50)
    assert pauses[0] > 3 * pauses[1]
