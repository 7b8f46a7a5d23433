from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_universal_ai.models import JobEvent, UniversalAIJob, statements
from django_universal_ai.models.database import from_now
from django_universal_ai.models.managers import JobQuerySet
from django_universal_ai.models.statements import (
    Update,
    find_row,
    insert_rows,
    update_row,
    update_rows,
)
from tests.rows import fresh, in_seconds, make_job

pytestmark = pytest.mark.django_db


def unfinished() -> JobQuerySet:
    return UniversalAIJob.objects.unfinished()


def test_it_changes_the_row_and_says_so() -> None:
    job, other = make_job(), make_job()
    assert update_row(unfinished, job.pk, Q(status="pending"), {"note": "seen"})
    assert (fresh(job).note, fresh(other).note) == ("seen", "")


def test_it_changes_nothing_where_the_condition_does_not_hold() -> None:
    job, ended = make_job(), make_job("success")
    assert not update_row(unfinished, job.pk, Q(status="processing"), {"note": "seen"})
    assert not update_row(unfinished, ended.pk, Q(), {"note": "seen"})
    assert {fresh(job).note, fresh(ended).note} == {""}


def test_several_are_made_one_after_the_other_and_each_says_so() -> None:
    first, second, ended = make_job(), make_job(), make_job("success")
    changes = {"note": "100 % of 'it'; done", "output": {"text": "a; b"}, "error": None}
    updates = [Update(unfinished, job.pk, Q(), changes) for job in (first, ended, second)]
    again = Update(unfinished, first.pk, Q(polls=0), {"polls": 1})
    assert update_rows([*updates, again, again]) == [True, False, True, True, False]
    assert {fresh(job).note for job in (first, second)} == {changes["note"]}
    assert fresh(second).output == changes["output"]
    assert (fresh(first).polls, fresh(ended).note) == (1, "")
    assert update_rows([]) == []


def test_rows_are_inserted_with_values_and_expressions() -> None:
    job = make_job()
    rows = [
        JobEvent(job=job, kind="noticed", detail={"what": 'a "quoted" %s'}, deliver_at=None),
        JobEvent(job=job, kind="succeeded", deliver_at=Now()),
        JobEvent(job=job, kind="succeeded", deliver_at=Now()),
    ]
    insert_rows(rows)
    found = JobEvent.objects.in_bulk([row.pk for row in rows])
    told, *due = [found[row.pk] for row in rows]
    assert (told.detail, told.deliver_at, told.at) == (rows[0].detail, None, rows[0].at)
    assert all(row.deliver_at and row.deliver_at <= in_seconds(60) for row in due)
    assert {(row.receipts == {}, row.deliveries) for row in found.values()} == {(True, 0)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("output", {"text": 'it\'s "quoted" \\ 100 %s', "numbers": [1, 2.5, None, True]}),
        ("output", None),
        ("error", {"message": "Ünïcödé"}),
        ("cost", Decimal("0.000000000001")),
        ("cost", None),
        ("lease_owner", uuid.UUID(int=7)),
        ("progress", 0.25),
        ("polls", 3),
        ("note", "50 %"),
        ("show_original_response", True),
    ],
)
def test_values_arrive_as_they_are(name: str, value: Any) -> None:
    job = make_job()
    for _ in range(2):  # compiled, and as it was kept
        assert update_row(unfinished, job.pk, Q(), {name: value})
        assert getattr(fresh(job), name) == value


def test_moments_and_expressions() -> None:
    job = make_job(attempts=4)
    changes = {
        "due_at": from_now(90),
        "posted_at": Now(),
        "missing_since": Coalesce("missing_since", Now()),
        "attempts": F("attempts") + 1,
        "submitted_at": timezone.now() - timedelta(days=1),
    }
    assert update_row(unfinished, job.pk, Q(), changes)
    row = fresh(job)
    assert row.due_at
    assert in_seconds(80) < row.due_at < in_seconds(100)
    assert row.posted_at
    assert in_seconds(-20) < row.posted_at < in_seconds(20)
    assert row.missing_since
    assert in_seconds(-20) < row.missing_since < in_seconds(20)
    assert row.attempts == 5
    assert row.submitted_at == changes["submitted_at"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Q(status__in=("pending", "processing")), True),
        (Q(status__in=("processing",)), False),
        (Q(lease_until=None), True),
        (Q(lease_until__isnull=False), False),
        (Q(lease_until__isnull=True) | Q(lease_until__lte=Now()), True),
        (~Q(status="pending"), False),
        (Q(due_at__lte=from_now(60)), True),
        (Q(due_at__lte=from_now(-60)), False),
        (Q(status="pending") & ~(Q(attempts=4) | Q(attempts=5)), True),
    ],
)
def test_conditions_mean_what_they_mean_in_a_filter(condition: Q, holds: bool) -> None:
    job = make_job()
    assert UniversalAIJob.objects.filter(condition, pk=job.pk).exists() is holds
    assert update_row(unfinished, job.pk, condition, {"note": "seen"}) is holds


def test_a_statement_of_one_shape_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [make_job() for _ in range(3)]
    compiled: list[Any] = []
    compile_ = statements._compile

    def counted(*args: Any) -> Any:
        compiled.append(args)
        return compile_(*args)

    monkeypatch.setattr(statements, "_kept", {})
    monkeypatch.setattr(statements, "_compile", counted)
    with CaptureQueriesContext(connection) as queries:
        for number, job in enumerate(jobs):
            lease = uuid.UUID(int=number)
            assert update_row(
                unfinished,
                job.pk,
                Q(status="pending", lease_owner=None),
                {"lease_owner": lease, "lease_until": from_now(number + 1)},
            )
    assert len(queries) == 3
    assert len(compiled) == 1
    assert [fresh(job).lease_owner for job in jobs] == [uuid.UUID(int=each) for each in range(3)]


def test_not_endlessly_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    kept: dict[Any, Any] = {}
    monkeypatch.setattr(statements, "_kept", kept)
    monkeypatch.setattr(statements, "_KEPT", 2)
    for name in ("note", "progress", "polls"):
        assert update_row(unfinished, job.pk, Q(), {name: 1})
    assert len(kept) <= 2


def told() -> JobQuerySet:
    return unfinished().only("status", "output", "cost", "owner")


def test_a_row_is_found_by_what_its_columns_are_equal_to() -> None:
    owner = User.objects.create_user("ann")
    job = make_job(owner=owner, output={"text": 'it\'s "100 %s"'}, cost=Decimal("0.25"))
    make_job(owner=owner)
    for _ in range(2):  # compiled, and as it was kept
        with CaptureQueriesContext(connection) as queries:
            found = find_row(told, owner=owner.pk, id=job.pk)
            assert found == job
            assert (found.output, found.cost, found.owner_id) == (job.output, job.cost, owner.pk)
        assert len(queries) == 1
        assert found.get_deferred_fields() >= {"original_response", "metadata"}


def test_a_row_that_is_not_among_those_meant_is_not_found() -> None:
    owner, other = User.objects.create_user("ann"), User.objects.create_user("bob")
    job, ended = make_job(owner=owner), make_job("success", owner=owner)
    assert find_row(told, owner=owner.pk, id=job.pk) == job
    assert find_row(told, owner=other.pk, id=job.pk) is None
    assert find_row(told, owner=owner.pk, id=ended.pk) is None
    assert find_row(told, owner=owner.pk, id=uuid.uuid4()) is None
