"""The app's dealings with the database: which one, its clock, its transactions, its hiccups."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from django.db import (
    Error,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connections,
    router,
    transaction,
)
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Model, QuerySet, Value
from django.db.models.functions import Now

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)

#: The labels of the apps whose tables are in it; the second may not be installed.
APPS = ("universal_ai", "universal_ai_gateway")
#: One object for all statements: what it says of itself is worked out once.
NOW = Now()

#: Tries of one transition; with the pauses below that's about three seconds.
TRIES = 6

#: What databases say when they want the transaction once more. SQLite speaks of a locked
#: database; PostgreSQL has SQLSTATEs; MySQL and MariaDB error numbers.
_SQLSTATES = {"40001", "40P01", "55P03"}
_MYSQL_CODES = {1020, 1205, 1213}
#: The connection is gone: ended, shut down, restarting, refused; 0 is PyMySQL's own word for it.
_LOST_SQLSTATES = ("08", "57P")
_LOST_MYSQL_CODES = {0, 1053, 1927, 2006, 2013, 2055, 4031}


def database() -> str:
    """The alias of the database that holds the jobs."""
    from .job import UniversalAIJob

    return router.db_for_write(UniversalAIJob)


def atomic() -> transaction.Atomic:
    """A transaction on the jobs' database."""
    return transaction.atomic(using=database())


def atomic_one() -> AbstractContextManager[object]:
    """Around one statement: it is a transaction already, unless it stands in another one.

    There its failure must leave the rest alone; elsewhere the database is asked once, not thrice.
    """
    return atomic() if connections[database()].in_atomic_block else nullcontext()


def on_commit(callback: Callable[[], object]) -> None:
    """Call after the outermost transaction committed; at once where there is none."""
    transaction.on_commit(callback, using=database())


def in_transaction() -> bool:
    """Whether a transaction of the host is open. The one of a ``TestCase`` doesn't count."""
    blocks = connections[database()].atomic_blocks
    return any(not getattr(block, "_from_testcase", False) for block in blocks)


@dataclass(frozen=True, slots=True)
class FromNow:
    """The database's clock, ``delta`` ahead: an expression that is made when it is compiled."""

    delta: timedelta

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self.plus(Value(self.delta, DurationField())).resolve_expression(*args, **kwargs)

    @staticmethod
    def plus(duration: Any) -> ExpressionWrapper[Any]:
        """The same with an expression for the duration."""
        return ExpressionWrapper(Now() + duration, output_field=DateTimeField())


def from_now(seconds: float) -> FromNow | Now:
    """A moment by the database's clock: all processes and hosts agree on it."""
    if not seconds:
        return NOW  # SQLite writes a sum with more digits, which then compares as later
    return FromNow(timedelta(seconds=seconds))


def wants_another_try(error: Error) -> bool:
    """Whether the database only asks for the same transaction again."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _SQLSTATES:
        return True
    if isinstance(error, OperationalError):
        number = error.args[0] if error.args else None
        return number in _MYSQL_CODES or "locked" in str(error)
    return False


def lost_connection(error: Error) -> bool:
    """Whether the connection was lost; the next one is new.

    The error tells, not only the connection: at the end of a transaction Django has already put a
    new one in the place of the broken one.
    """
    connection = connections[database()]
    if connection.connection is None or not connection.is_usable():
        connection.close()
        return True
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    cause: Any = error.__cause__
    if hasattr(cause, "sqlstate"):
        # psycopg has a SQLSTATE for what the server said; a server that is gone says nothing.
        return cause.sqlstate is None or str(cause.sqlstate).startswith(_LOST_SQLSTATES)
    return bool(error.args) and error.args[0] in _LOST_MYSQL_CODES


def may_pass(error: Error) -> bool:
    """Whether the same transaction may well work on the next try."""
    return wants_another_try(error) or lost_connection(error)


def retrying(function: Callable[P, R]) -> Callable[P, R]:
    """Run a short transaction again after a deadlock, a lock time-out or a lost connection.

    Inside somebody's transaction the error passes: only its owner can begin it anew. A commit
    whose answer was lost with the connection may be done again: each of our transactions begins
    with a condition that it makes untrue.
    """

    @functools.wraps(function)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, TRIES):
            try:
                return function(*args, **kwargs)
            except Error as error:
                if in_transaction() or not may_pass(error):
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, no secret
        return function(*args, **kwargs)

    return again


@retrying
def claim(rows: QuerySet[M], limit: int, **changes: Any) -> list[M]:
    """Take up to ``limit`` of these rows: change them so that nobody else takes them.

    Gives the rows as they were before.
    """
    with atomic():
        chosen = list(untaken(rows)[:limit])
        if chosen:
            taken = rows.model._default_manager.filter(pk__in=[row.pk for row in chosen])
            taken.update(**changes)
    return chosen


def untaken(rows: QuerySet[M]) -> QuerySet[M]:
    """These rows, kept from others until the transaction ends.

    Where the database can, rows that others are taking are left out; SQLite has one writer at a
    time.
    """
    skip = bool(connections[database()].features.has_select_for_update_skip_locked)
    return rows.select_for_update(skip_locked=skip)


def close_stale_connections() -> None:
    """What Django does between requests; never in the middle of somebody's transaction."""
    if not connections[database()].in_atomic_block:
        close_old_connections()
