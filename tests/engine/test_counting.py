"""Rolled-up rows say what happened, each end once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_universal_ai import engine, jobs
from django_universal_ai.engine import counting, recounting
from django_universal_ai.engine.sketch import Sketch
from django_universal_ai.models import Rollup, Span, Uncounted, UniversalAIJob
from tests.marks import concurrent
from tests.rows import answer, change, fresh, leased, make_job

pytestmark = pytest.mark.django_db


def end(job: UniversalAIJob, status: str = "success", **said: Any) -> None:
    """The service tells that the job ended."""
    assert jobs.observe(job, answer(status, public_id=job.public_id, **said), look_in=60)


def note(**fields: Any) -> Uncounted:
    """An end at ten to eleven, of a job asked for an hour before."""
    at = datetime(2026, 3, 7, 22, 50, tzinfo=UTC)
    row: dict[str, Any] = {
        "job_id": uuid.uuid4(),
        "counts_request": True,
        "counts_end": True,
        "status": "success",
        "backend": "default",
        "feature": "ocr",
        "subfeature": "ocr_async",
        "provider": "google",
        "cost": Decimal("0.5"),
        "requested_at": at - timedelta(hours=1),
        "submitted_at": at - timedelta(seconds=100),
        "finished_at": at,
    }
    return Uncounted.objects.create(**row | fields)


def total(span: Span, **filters: Any) -> tuple[int, int, int, Decimal]:
    """What was asked for, succeeded and failed, and the cost."""
    rows = list(Rollup.objects.filter(span=span, **filters))
    return (
        sum(row.created for row in rows),
        sum(row.succeeded for row in rows),
        sum(row.failed for row in rows),
        sum((row.cost for row in rows), Decimal(0)),
    )


def test_ends_are_counted_by_hour_and_day_backend_and_who_answered() -> None:
    end(make_job("processing"), cost="0.25")
    end(make_job("processing"), cost="0.5")
    end(make_job("processing"), status="fail", cost="0", provider="amazon")
    assert counting.count_due() == 3
    for span in Span:
        assert total(span, provider="google") == (2, 2, 0, Decimal("0.75"))
        assert total(span, provider="amazon") == (1, 0, 1, Decimal(0))
    row = Rollup.objects.get(span=Span.HOUR, provider="google")
    assert (row.backend, row.feature, row.subfeature) == (
        "default",
        "audio",
        "speech_to_text_async",
    )
    assert row.begin <= timezone.now() < row.begin + timedelta(hours=1)


@pytest.mark.parametrize(
    "end_it",
    [
        lambda job: jobs.refuse(job, job.lease_owner, {"message": "No."}),
        lambda job: jobs.abandon(job, job.lease_owner, {"message": "No."}),
        lambda job: jobs.accept(job, job.lease_owner, answer("success"), look_in=1),
        lambda job: jobs.together([lambda: jobs.abandon(job, job.lease_owner, {})] * 2),
    ],
)
def test_every_way_to_end_counts(end_it: Any) -> None:
    job = leased(make_job("submitting"))
    assert end_it(job)
    assert fresh(job).is_finished
    counting.count_all()
    assert sum(total(Span.DAY)[1:3]) == 1


def test_a_job_that_goes_on_or_loses_its_race_counts_nothing() -> None:
    job = leased(make_job("submitting"))
    jobs.accept(job, job.lease_owner or uuid.uuid4(), answer(), look_in=60)
    assert not jobs.abandon(job, uuid.uuid4(), {})
    assert not Uncounted.objects.exists()


def test_requests_count_when_they_were_made_and_ends_when_they_happened() -> None:
    note()
    counting.count_all()
    assert total(Span.HOUR, begin=datetime(2026, 3, 7, 21, tzinfo=UTC)) == (1, 0, 0, Decimal(0))
    assert total(Span.HOUR, begin=datetime(2026, 3, 7, 22, tzinfo=UTC)) == (0, 1, 0, Decimal("0.5"))
    assert total(Span.DAY, begin=datetime(2026, 3, 7, tzinfo=UTC)) == (1, 1, 0, Decimal("0.5"))


def test_counted_again_and_again_each_end_counts_once() -> None:
    for _ in range(counting.BATCH + 7):
        note()
    assert counting.count_due() == counting.BATCH
    assert counting.count_due() == 7  # at once: there was more
    note()
    assert counting.count_due() == 0  # not yet
    counting.forget()
    assert [counting.count_due(), counting.count_all()] == [1, 0]
    assert total(Span.DAY)[:2] == (counting.BATCH + 8, counting.BATCH + 8)


def test_the_engine_goes_on_until_all_is_counted() -> None:
    for _ in range(2 * counting.BATCH + 1):
        note()
    engine.advance()
    assert not Uncounted.objects.exists()


def test_jobs_that_are_gone_stay_counted() -> None:
    gone, going = make_job("processing"), make_job("processing")
    end(gone)
    counting.count_all()
    end(going)  # not counted when it goes
    UniversalAIJob.objects.all().delete()
    counting.count_all()
    assert total(Span.DAY)[:2] == (2, 2)


def test_a_cost_that_comes_late_is_added_to_the_hour_of_the_end() -> None:
    job = make_job("processing")
    end(job, cost=None)
    counting.count_all()
    job = change(job, finished_at=timezone.now() - timedelta(days=3))
    assert jobs.fill_cost(job, Decimal("1.5"))
    assert not jobs.fill_cost(job, Decimal("1.5"))
    counting.count_all()
    late = {"begin": Span.DAY.begin(timezone.now() - timedelta(days=3))}
    assert total(Span.DAY, **late) == (0, 0, 0, Decimal("1.5"))
    assert total(Span.DAY) == (1, 1, 0, Decimal("1.5"))


def test_a_cost_that_comes_before_the_end_is_counted_counts_once() -> None:
    job = make_job("processing")
    end(job, cost=None)
    jobs.together([lambda: jobs.fill_cost(job, Decimal("1.5"))] * 2)
    counting.count_all()
    assert total(Span.DAY) == (1, 1, 0, Decimal("1.5"))


def test_durations_are_those_of_work_that_succeeded() -> None:
    for seconds in (90, 100, 110):
        at = timezone.now()
        note(finished_at=at, submitted_at=at - timedelta(seconds=seconds))
    note(status="fail", submitted_at=timezone.now() - timedelta(days=3))
    note(submitted_at=None)
    counting.count_all()
    rows = Rollup.objects.filter(span=Span.DAY)
    weights: dict[str, float] = {}
    for row in rows:
        weights |= row.durations
    assert sum(weights.values()) == 3
    assert Sketch.from_json(weights).quantile(0.5) == pytest.approx(100, rel=0.06)


def test_what_cannot_be_counted_is_not_lost_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    note()
    with monkeypatch.context() as patched:
        patched.setattr(Rollup.objects.__class__, "bulk_create", None)
        assert counting.count_due() == 0
    assert "can't be counted" in caplog.text
    assert not Rollup.objects.exists()
    counting.forget()
    assert counting.count_due() == 1
    assert total(Span.DAY)[:2] == (1, 1)


def test_a_database_that_is_away_is_no_trouble_with_the_counting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever called begins anew then, as with every other statement."""
    note()

    def away(rows: object) -> bool:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(QuerySet, "exists", away)
        with pytest.raises(OperationalError):
            counting.count_due()
    assert counting.count_due() == 1


@concurrent
@pytest.mark.django_db(transaction=True)
def test_who_finds_another_counting_leaves_it_alone_or_waits() -> None:
    counting.count_all()  # the row that is locked is there
    note()

    def count() -> int:
        try:
            return counting.count_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert counting.locked(waits=True)
            assert pool.submit(count).result() == 0
        counting.forget()
        assert pool.submit(count).result() == 1


@concurrent
@pytest.mark.django_db(transaction=True)
def test_many_count_at_once_and_each_end_counts_once() -> None:
    """While jobs end, and somebody has all of it counted anew."""

    def work(number: int) -> None:
        try:
            for _ in range(40):
                end(make_job("processing"), cost="0.5")
                counting.forget()
                if number == 0:
                    recounting.forget_since(timezone.now())
                counting.count_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    counting.count_all()
    for span in Span:
        assert total(span) == (160, 160, 0, Decimal(80))


def test_hours_go_when_nobody_looks_at_them_any_more() -> None:
    long_ago = timezone.now() - counting.KEEP_HOURS - timedelta(days=2)
    note(requested_at=long_ago, finished_at=long_ago)
    counting.count_due()
    assert total(Span.DAY)[:2] == (1, 1)
    assert total(Span.HOUR)[:2] == (0, 0)


def test_nothing_to_count_costs_one_query_in_a_while() -> None:
    with CaptureQueriesContext(connection) as queries:
        counting.count_due()
        counting.count_due()
    assert len(queries) == 1


def test_an_end_costs_one_statement_more_however_many_jobs() -> None:
    def steps(count: int) -> list[Any]:
        rows = [make_job("processing") for _ in range(count)]
        return [lambda job=job: jobs.observe(job, answer("success"), look_in=1) for job in rows]

    for count in (1, 16):
        moves = steps(count)
        with CaptureQueriesContext(connection) as queries:
            jobs.together(moves)
        noted = [query for query in queries if "uncounted" in query["sql"]]
        assert len(noted) == 1
    assert Uncounted.objects.count() == 17
