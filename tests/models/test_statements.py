from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.db.models.signals import post_save, pre_save
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


def told(**values: Any) -> JobQuerySet:
    return unfinished().filter(**values).only("status", "output", "cost", "owner")


def test_a_row_is_found_by_what_its_columns_are_equal_to() -> None:
    owner = User.objects.create_user("ann")
    job = make_job(owner=owner, output={"text": 'it\'s "100 %s"'}, cost=Decimal("0.25"))
    make_job(owner=owner)
    for _ in range(2):  # compiled, and as it was kept
        with CaptureQueriesContext(connection) as queries:
            found = find_row(told, UniversalAIJob, owner=owner.pk, id=job.pk)
            assert found == job
            assert (found.output, found.cost, found.owner_id) == (job.output, job.cost, owner.pk)
        assert len(queries) == 1
        assert found.get_deferred_fields() >= {"original_response", "metadata"}


def test_a_row_that_is_not_among_those_meant_is_not_found() -> None:
    owner, other = User.objects.create_user("ann"), User.objects.create_user("bob")
    job, ended = make_job(owner=owner), make_job("success", owner=owner)
    assert find_row(told, UniversalAIJob, owner=owner.pk, id=job.pk) == job
    assert find_row(told, UniversalAIJob, owner=other.pk, id=job.pk) is None
    assert find_row(told, UniversalAIJob, owner=owner.pk, id=ended.pk) is None
    assert find_row(told, UniversalAIJob, owner=owner.pk, id=uuid.uuid4()) is None


def new_job(**values: Any) -> UniversalAIJob:
    return UniversalAIJob(
        requested_model="text/moderation/google",
        feature="text",
        subfeature="moderation",
        provider="google",
        backend="default",
        **values,
    )


def event_of(job: UniversalAIJob) -> JobEvent:
    return JobEvent(job=job, kind="noticed", detail={"what": "100 %"})


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"input": {"text": 'it\'s "quoted" \\ 100 %s'}, "cost": Decimal("0.000000000001")},
        {"provider_params": {}, "model": "", "note": "Ünïcödé", "show_original_response": True},
        {"due_at": None},
    ],
    ids=str,
)
def test_new_rows_are_as_if_they_had_been_saved(values: dict[str, Any]) -> None:
    saved = new_job(**values)
    saved.save(force_insert=True)
    for _ in range(2):  # compiled, and as it was kept
        job = new_job(**values, requested_at=saved.requested_at)
        insert_rows(job)
        assert not job._state.adding
        for field in UniversalAIJob._meta.concrete_fields:
            if field.name not in ("id", "due_at"):
                expected = getattr(fresh(saved), field.attname)
                assert getattr(fresh(job), field.attname) == expected, field.name


def test_what_the_database_fills_in_is_read_when_somebody_asks() -> None:
    job = new_job()
    insert_rows(job)
    assert job.get_deferred_fields() == {"due_at"}
    assert job.due_at == fresh(job).due_at is not None
    assert not UniversalAIJob.objects.due().filter(requested_at__gt=Now()).exists()


def test_rows_of_several_tables_are_there_together_or_not_at_all() -> None:
    job, other = new_job(), new_job()
    event = event_of(job)
    most = 1 if connection.vendor == "postgresql" else 2
    with CaptureQueriesContext(connection) as queries:
        insert_rows(job, event)
    assert len(queries) == most
    assert JobEvent.objects.get(job=job).detail == {"what": "100 %"}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(other, event)  # the event is there already
    assert set(UniversalAIJob.objects.all()) == {job}


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_they_make_one() -> None:
    job, other = new_job(), new_job()
    event = event_of(job)
    insert_rows(job, event)
    with pytest.raises(IntegrityError):
        insert_rows(other, event)
    assert set(UniversalAIJob.objects.all()) == {job}


def test_the_hosts_receivers_of_saves_hear_of_them() -> None:
    heard: list[tuple[str, Any]] = []

    def before(instance: UniversalAIJob, **kwargs: Any) -> None:
        instance.note = "seen before"
        heard.append(("before", kwargs["raw"]))

    def after(instance: UniversalAIJob, created: bool, **kwargs: Any) -> None:
        heard.append(("after", created))

    pre_save.connect(before, UniversalAIJob)
    post_save.connect(after, UniversalAIJob)
    try:
        job = new_job()
        insert_rows(job)
    finally:
        pre_save.disconnect(before, UniversalAIJob)
        post_save.disconnect(after, UniversalAIJob)
    assert (heard, fresh(job).note) == ([("before", False), ("after", True)], "seen before")
