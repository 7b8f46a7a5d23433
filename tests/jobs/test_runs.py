"""What the row of a job says while a provider here is at it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from django_universal_ai import jobs
from django_universal_ai.jobs.runs import RUN_LEASE
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import answer, change, due_in, error_of, fresh, in_seconds, make_job, row_of

pytestmark = pytest.mark.django_db


def held_for(job: UniversalAIJob) -> float:
    until = fresh(job).lease_until
    assert until
    return (until - timezone.now()).total_seconds()


def test_a_run_that_begins_has_its_id_its_moment_and_its_lease() -> None:
    job = make_job(spent=Decimal("0.5"), note="waits", polls=3, progress=0.5)
    lease = jobs.begin_run(job, most_attempts=2)
    row = fresh(job)
    assert (row.status, row.public_id, row.lease_owner) == ("processing", str(job.pk), lease)
    assert (row.cost, row.polls, row.progress, row.note) == (Decimal("0.5"), 0, None, "")
    assert row.created_at == row.submitted_at
    assert RUN_LEASE / 2 < held_for(job) <= RUN_LEASE
    assert RUN_LEASE / 2 < due_in(job) <= RUN_LEASE
    (detail,) = JobEvent.objects.filter(job=job, kind="submitted").values_list("detail", flat=True)
    assert detail["public_id"] == str(job.pk)


def test_a_run_that_is_begun_again_keeps_its_first_moment() -> None:
    job = make_job()
    jobs.begin_run(job, most_attempts=2)
    first = change(job, lease_until=in_seconds(-1), polls=4, progress=0.5)
    assert jobs.begin_run(fresh(job), most_attempts=2)
    row = fresh(job)
    assert (row.submitted_at, row.created_at) == (first.submitted_at, first.created_at)
    assert (row.attempts, row.polls, row.progress) == (2, 0, None)


def test_a_run_whose_worker_is_lost_too_often_says_so() -> None:
    job = make_job()
    jobs.begin_run(job, most_attempts=1)
    assert jobs.begin_run(change(job, lease_until=in_seconds(-1)), most_attempts=1) is None
    words = "The worker was lost 1 times while it did this job."
    assert error_of(job) == {"type": "worker_lost", "message": words}


def test_a_run_that_goes_on_keeps_its_place_and_no_others() -> None:
    job, other = make_job(), make_job()
    lease = jobs.begin_run(job, most_attempts=1)
    assert lease
    other = change(other, status="processing", lease_owner=lease, lease_until=in_seconds(-1))
    change(job, lease_until=in_seconds(1), due_at=in_seconds(1))
    before = row_of(other)
    assert jobs.renew(job, lease, 0.25)
    assert fresh(job).progress == 0.25
    assert RUN_LEASE / 2 < held_for(job) <= RUN_LEASE
    assert RUN_LEASE / 2 < due_in(job) <= RUN_LEASE
    assert jobs.renew(job, lease, None)
    assert fresh(job).progress == 0.25
    assert row_of(other) == before


def test_only_a_job_that_nobody_has_begun_ends_with_an_answer_that_is_there() -> None:
    begun, waiting = make_job(), make_job()
    jobs.begin_run(begun, most_attempts=1)
    change(begun, lease_until=in_seconds(-1))
    done = answer("success", public_id=str(waiting.pk), cost="0")
    assert jobs.end_unbegun(waiting, done)
    assert not jobs.end_unbegun(fresh(begun), done)
    assert fresh(waiting).status == "success"


def test_a_repeated_answer_is_the_earlier_jobs_at_no_cost() -> None:
    earlier = make_job(
        "success",
        provider="amazon",
        feature="ocr",
        subfeature="ocr_async",
        model="large",
        output={"raw_text": "Hello"},
        original_response=[{"raw": 1}],
        cost=Decimal("0.5"),
    )
    job = make_job(metadata={"order": 7}, spent=0)
    jobs.repeat(job, earlier)
    row = fresh(job)
    told = ("status", "provider", "feature", "subfeature", "model", "output", "original_response")
    assert [getattr(row, name) for name in told] == [getattr(earlier, name) for name in told]
    assert (row.cost, row.public_id) == (Decimal(0), str(job.pk))
    assert row.metadata == {"order": 7, "answered_from": str(earlier.pk)}
    (noticed,) = JobEvent.objects.filter(job=job, kind="noticed").values_list("detail", flat=True)
    assert noticed == {"what": "answered from an earlier job", "job": str(earlier.pk)}
