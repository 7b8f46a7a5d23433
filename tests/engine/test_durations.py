from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_universal_ai import engine, jobs
from django_universal_ai.backends import backends
from django_universal_ai.engine import durations
from django_universal_ai.engine.durations import Kind, known, learn_due
from django_universal_ai.engine.sketch import Sketch
from django_universal_ai.models import DurationSketch, LearningCursor, UniversalAIJob
from tests.rows import AUDIO, answer, change, fresh, make_job

pytestmark = pytest.mark.django_db

KIND = Kind("default", AUDIO)


def ended(took: float, *, ago: float = 60.0, seen: float | None = None, **fields: Any) -> Any:
    """A job that took so long; it was last seen at work ``seen`` seconds after its submission."""
    end = timezone.now() - timedelta(seconds=ago)
    begin = end - timedelta(seconds=took)
    seen_at = None if seen is None else begin + timedelta(seconds=seen)
    moments = {"submitted_at": begin, "seen_at": seen_at, "finished_at": end}
    return make_job(fields.pop("status", "success"), **{**moments, **fields})


def learn(alias: str = "default") -> int:
    """Learn now, however long ago the last time was."""
    durations.forget()
    return learn_due(backends[alias])


def sketch(kind: Kind = KIND) -> Any:
    row = DurationSketch.objects.get(backend=kind.backend, requested_model=kind.requested_model)
    return Sketch.from_json(row.weights)


def test_jobs_that_ended_are_learned_from_once() -> None:
    for _ in range(6):
        ended(10, seen=9.9)
    assert [learn(), learn()] == [6, 0]
    ended(10, seen=9.9, ago=30)
    assert learn() == 1
    row = DurationSketch.objects.get()
    assert (row.backend, row.requested_model, row.count) == ("default", AUDIO, 7)
    assert sketch().quantile(0.5) == pytest.approx(10, rel=0.06)


def test_what_just_ended_is_left_until_its_transaction_is_sure_to_be_over() -> None:
    ended(10, ago=0)
    assert learn() == 0


def test_rows_that_ended_at_the_same_moment_count_once_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durations, "BATCH", 4)
    end = timezone.now() - timedelta(seconds=60)
    for _ in range(10):
        ended(10, finished_at=end, seen=9.9)
    assert [learn(), learn(), learn(), learn()] == [4, 4, 2, 0]
    assert DurationSketch.objects.get().count == 10


def test_of_two_processes_only_one_counts_a_row() -> None:
    learn()
    ended(10, seen=9.9)
    behind = durations._cursors["default"]  # another process remembers this, too
    assert learn() == 1
    durations.forget()
    durations._cursors["default"] = behind
    assert learn_due(backends["default"]) == 0
    assert DurationSketch.objects.get().count == 1
    assert learn() == 0


def test_two_processes_may_begin_to_learn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    learn()  # the other one
    ended(10, seen=9.9)
    durations.forget()
    with monkeypatch.context() as patched:
        patched.setattr(LearningCursor.objects.filter().__class__, "first", lambda rows: None)
        assert learn_due(backends["default"]) == 1
    assert LearningCursor.objects.count() == 1


def test_each_backend_and_model_is_a_kind_of_its_own() -> None:
    ended(10, seen=9.9)
    ended(100, seen=99, requested_model=f"{AUDIO}/large")
    ended(1000, seen=999, backend="local")
    assert learn() + learn("local") == 3
    found = {
        (row.backend, row.requested_model): Sketch.from_json(row.weights).quantile(0.5)
        for row in DurationSketch.objects.all()
    }
    assert found == {
        ("default", AUDIO): pytest.approx(10, rel=0.06),
        ("default", f"{AUDIO}/large"): pytest.approx(100, rel=0.06),
        ("local", AUDIO): pytest.approx(1000, rel=0.06),
    }


def test_kinds_that_differ_by_case_alone_do_not_collide() -> None:
    ended(10, requested_model="audio/x/Google")
    ended(10, requested_model="audio/x/google")
    assert learn() == 2
    assert DurationSketch.objects.count() == 2


def test_an_end_that_was_seen_late_is_spread_over_the_time_in_between() -> None:
    ended(100, seen=50)
    learn()
    weights = sketch().to_json()
    assert len(weights) > 10
    assert sketch().ended_by(49) == pytest.approx(0, abs=0.05)


def test_a_run_here_took_exactly_as_long_as_it_says() -> None:
    ended(100, backend="local")
    learn("local")
    assert len(sketch(Kind("local", AUDIO)).to_json()) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: ended(0.001),
        lambda: ended(8 * 86400),
        lambda: ended(-60),
        lambda: ended(10, submitted_at=None),
        lambda: ended(700, status="fail", error={"type": "missing"}),
        lambda: ended(700, status="fail", error={"type": "given_up", "message": "x"}),
        lambda: ended(10, backend="local", attempts=2),
    ],
)
def test_what_says_nothing_of_the_work_is_passed_over(make: Callable[[], UniversalAIJob]) -> None:
    job = make()
    assert learn(job.backend) == 1
    assert not DurationSketch.objects.exists()


def test_a_failure_of_the_service_is_an_end_like_any_other() -> None:
    ended(10, status="fail", error={"type": "bad_audio", "message": "No sound."})
    ended(10, status="fail", error={"message": "No sound."})
    learn()
    assert DurationSketch.objects.get().count == 2


def test_it_asks_rarely_and_with_one_query_while_nothing_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn()
    with CaptureQueriesContext(connection) as queries:
        assert learn_due(backends["default"]) == 0
    assert len(queries) == 0
    clock = time.monotonic() + durations.LEARN_EVERY[1] + 1
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    with CaptureQueriesContext(connection) as queries:
        learn_due(backends["default"])
    assert len(queries) == 1


def test_a_full_batch_is_followed_by_the_next_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durations, "BATCH", 2)
    for _ in range(5):
        ended(10, seen=9.9)
    assert [learn_due(backends["default"]) for _ in range(4)] == [2, 2, 1, 0]


def test_jobs_that_ended_long_ago_are_not_learned_from_at_first() -> None:
    ended(10, ago=8 * 86400)
    assert learn() == 0
    assert LearningCursor.objects.count() == 1


def test_a_kind_is_known_by_one_query_for_all() -> None:
    for model in ("a/b/c", "a/b/d"):
        ended(10, requested_model=model)
    learn()
    with CaptureQueriesContext(connection) as queries:
        found = [known(Kind("default", model)) for model in ("a/b/c", "a/b/d", "a/b/e")]
    assert len(queries) == 1
    assert [each is not None for each in found] == [True, True, False]


def test_what_was_read_is_read_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    ended(10)
    learn()
    before = known(KIND)
    ended(10, ago=30)
    learn_again = durations._learn(backends["default"])
    assert learn_again == 1
    assert known(KIND) is before
    clock = time.monotonic() + durations.FRESH_FOR + 1
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    after = known(KIND)
    assert before is not None
    assert after is not None
    assert [before.sketch.total, after.sketch.total] == pytest.approx([1, 2], abs=0.05)
    clock += durations.FRESH_FOR + 1
    assert known(KIND) is after  # nothing changed: its plan is still good


def test_a_database_that_is_away_takes_nothing_from_what_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended(10)
    learn()
    before = known(KIND)
    clock = time.monotonic() + durations.FRESH_FOR + 1
    monkeypatch.setattr(time, "monotonic", lambda: clock)

    def away(*args: Any, **kwargs: Any) -> Any:
        raise DatabaseError("gone")

    monkeypatch.setattr(DurationSketch.objects, "filter", away)
    assert known(KIND) is before


def test_a_thousand_rows_are_learned_from_with_a_few_queries() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable
    now = timezone.now()
    UniversalAIJob.objects.bulk_create(
        UniversalAIJob(
            requested_model=f"audio/x/google/{number % 7}",
            feature="audio",
            subfeature="x",
            provider="google",
            backend="default",
            status="success",
            public_id=str(uuid.uuid4()),
            submitted_at=now - timedelta(seconds=60 + chance.uniform(5, 50)),
            finished_at=now - timedelta(seconds=60),
            due_at=None,
        )
        for number in range(1000)
    )
    durations.forget()
    with CaptureQueriesContext(connection) as queries:
        assert learn_due(backends["default"]) == 1000
    assert len(queries) <= 12
    assert sum(row.count for row in DurationSketch.objects.all()) == 1000


def test_a_look_at_work_is_remembered() -> None:
    one, two = make_job("processing"), make_job("processing")
    jobs.observe(one, answer(public_id=one.public_id), look_in=5)
    jobs.seen([two.pk], look_in=5)
    for job in (one, two):
        assert seconds_ago(fresh(job).seen_at) < 5


def test_an_end_that_the_service_told_by_itself_is_exact() -> None:
    job = make_job("processing", submitted_at=timezone.now() - timedelta(seconds=100))
    end = answer("success", public_id=job.public_id)
    assert jobs.observe(job, end, look_in=0, unasked=True)
    ended_ago(job, 60)
    learn()
    assert len(sketch().to_json()) <= 2


def test_the_engine_learns_as_it_goes() -> None:
    ended(10)
    durations.forget()
    engine.advance()
    assert DurationSketch.objects.get().count == 1


def seconds_ago(moment: Any) -> float:
    return float((timezone.now() - moment).total_seconds())


def ended_ago(job: UniversalAIJob, seconds: float) -> None:
    """Let everything that happened to the job have happened so much earlier."""
    row = fresh(job)
    moments = {name: getattr(row, name) for name in ("submitted_at", "seen_at", "finished_at")}
    change(job, **{name: at - timedelta(seconds=seconds) for name, at in moments.items()})
