from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from django.db import (
    DatabaseError,
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.db.models.functions import Now

from django_universal_ai.models import UniversalAIJob, database
from tests.rows import change, fresh, in_seconds, make_job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.models.database.time.sleep", lambda seconds: None)


def failing(*errors: Error) -> tuple[Callable[[], str], list[int]]:
    """A transaction that raises these errors first, and the count of its tries."""
    rest, tries = list(errors), [0]

    @database.retrying
    def run() -> str:
        tries[0] += 1
        if rest:
            raise rest.pop(0)
        return "done"

    return run, tries


def with_state(sqlstate: str) -> DatabaseError:
    """As psycopg's errors arrive."""
    cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]  # as the driver does
    error = DatabaseError("could not serialize")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        OperationalError("database table is locked"),
        OperationalError(1213, "Deadlock found"),
        OperationalError(1205, "Lock wait timeout exceeded"),
        with_state("40001"),
        with_state("40P01"),
    ],
)
def test_what_the_database_wants_again_it_gets_again(error: Error) -> None:
    run, tries = failing(error, error, error)
    assert run() == "done"
    assert tries == [4]


def test_patience_ends() -> None:
    run, tries = failing(*[OperationalError("database is locked")] * 99)
    with pytest.raises(OperationalError):
        run()
    assert tries == [database.TRIES]


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("no such table"),
        OperationalError(),
        IntegrityError("unique"),
        DatabaseError(),
    ],
)
def test_other_errors_pass_at_once(error: Error) -> None:
    run, tries = failing(error)
    with pytest.raises(type(error)):
        run()
    assert tries == [1]


def test_a_lost_connection_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    run, tries = failing(InterfaceError("connection already closed"), OperationalError("gone"))
    assert run() == "done"
    assert tries == [3]


@pytest.mark.parametrize(
    ("cause", "is_lost"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg.errors.AdminShutdown("terminating connection"), True),
        (psycopg.errors.CannotConnectNow("the database system is starting up"), True),
        (psycopg.errors.ConnectionFailure(), True),
        (psycopg.errors.StatementTooComplex("stack depth limit exceeded"), False),
    ],
)
def test_the_error_tells_of_a_lost_connection_that_was_replaced(
    cause: Exception, is_lost: bool
) -> None:
    """At the end of a transaction Django has a new one already, and that one is usable."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    assert connection.is_usable()
    assert database.lost_connection(error) == is_lost


@pytest.mark.parametrize(("number", "is_lost"), [(2006, True), (2013, True), (1153, False)])
def test_mysql_tells_by_its_numbers(number: int, is_lost: bool) -> None:
    assert database.lost_connection(OperationalError(number, "words")) == is_lost


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_of_the_host_nothing_is_tried_again() -> None:
    run, tries = failing(OperationalError("database is locked"))
    with transaction.atomic(), pytest.raises(OperationalError):
        run()
    assert tries == [1]
    assert not database.in_transaction()


def test_the_transaction_of_a_test_case_is_not_the_hosts() -> None:
    assert connection.in_atomic_block
    assert not database.in_transaction()
    with transaction.atomic():
        assert database.in_transaction()


@pytest.mark.django_db(transaction=True)
def test_stale_connections_are_closed_outside_of_transactions_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(database, "close_old_connections", lambda: calls.append("closed"))
    with transaction.atomic():
        database.close_stale_connections()
    assert calls == []
    database.close_stale_connections()
    assert calls == ["closed"]


def test_moments_are_the_databases_own() -> None:
    job = make_job()
    change(job, due_at=database.from_now(0))
    assert UniversalAIJob.objects.filter(pk=job.pk).due().exists()
    change(job, due_at=database.from_now(60))
    assert not UniversalAIJob.objects.filter(pk=job.pk, due_at__lte=Now()).exists()
    row = fresh(job)
    assert in_seconds(55) < (row.due_at or in_seconds(0)) < in_seconds(65)


class TestClaim:
    def test_it_takes_what_there_is_and_nobody_else_gets_it(self) -> None:
        made = [make_job() for _ in range(3)]
        due = UniversalAIJob.objects.pending().due().order_by("pk")
        assert len(due.claim(2, seconds=60)) == 2
        (left,) = due.claim(2, seconds=60)
        assert due.claim(2, seconds=60) == []
        assert left in made
        assert {job.status for job in map(fresh, made)} == {"pending"}

    def test_a_claim_runs_out(self) -> None:
        job = make_job()
        due = UniversalAIJob.objects.pending().due()
        assert due.claim(1, seconds=60)
        change(job, due_at=in_seconds(-1))
        assert due.claim(1, seconds=60) == [job]
