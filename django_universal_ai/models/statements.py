"""Statements about one row, compiled once and executed many times.

Compiling a statement takes the ORM several times as long as the database takes to answer it; a
job is inserted once and updated five times in its life, and clients of the gateway ask for theirs
again and again. Statements of one shape differ by their values only, so the compiled SQL is kept
by shape and each execution brings its own values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from django.db import connections, models
from django.db.models import DurationField, Expression, Field, Q
from django.db.models.expressions import DatabaseDefault
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import InsertQuery, UpdateQuery

from ..contract.sealed import SealedList
from .database import FromNow, atomic, database

M = TypeVar("M", bound=models.Model)

#: Statements that are kept; there are a few dozen shapes.
_KEPT = 500
_kept: dict[Any, _Statement] = {}


class _Slot(Expression):
    """Stands for a value that isn't known when the statement is compiled."""

    def __init__(self, field: Field[Any, Any], place: int) -> None:
        super().__init__(output_field=field)
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    #: Constants, and slots for values.
    params: tuple[Any, ...]

    def filled(self, values: Sequence[Any], using: str) -> list[Any]:
        """The parameters, with each of ``values`` as the database wants it."""
        connection = connections[using]
        return SealedList(
            param.output_field.get_db_prep_save(values[param.place], connection)
            if isinstance(param, _Slot)
            else param
            for param in self.params
        )


def insert_rows(*rows: models.Model) -> None:
    """``save(force_insert=True)`` of new rows that bring their own keys: all of them or none.

    PostgreSQL takes them in one statement, and that is a transaction by itself. Where one is open,
    it is for its owner to undo what failed. What the database fills in is read when asked for.
    """
    using = database()
    connection = connections[using]
    for row in rows:
        pre_save.send(type(row), instance=row, raw=False, using=using, update_fields=None)
    at_once = len(rows) == 1 or connection.vendor == "postgresql"
    with nullcontext() if at_once or connection.in_atomic_block else atomic():
        for group in (rows,) if at_once else zip(rows, strict=True):
            _insert(group, using)
    for row in rows:
        row._state.adding, row._state.db = False, using
        for name in _left_to_database(row):
            delattr(row, name)
        post_save.send(
            type(row), instance=row, created=True, raw=False, using=using, update_fields=None
        )


def _insert(rows: Sequence[models.Model], using: str) -> None:
    """One statement for all of ``rows``."""
    values = SealedList()
    shapes = tuple((type(row), _named_columns(row, values)) for row in rows)
    key = (insert_rows, using, shapes)
    statement = _kept.get(key) or _keep(key, _compile_insert(shapes, using))
    with connections[using].cursor() as cursor:
        cursor.execute(statement.sql, statement.filled(values, using))


@dataclass(frozen=True, slots=True)
class Update:
    """``rows().filter(condition, pk=pk).update(**changes)``.

    ``rows`` must give the same query whenever it is called: it is compiled with the first
    statement of its shape. Values of ``condition`` must be scalars, tuples or expressions.
    """

    rows: Callable[[], models.QuerySet[Any]]
    pk: object
    condition: Q = field(repr=False)
    changes: Mapping[str, Any] = field(repr=False)

    def ready(self, using: str) -> tuple[str, list[Any]]:
        """The SQL, and its parameters as the database wants them."""
        values = SealedList([self.pk])
        key = (
            self.rows,
            using,
            _shape(self.condition, values),
            tuple((name, _value_shape(value, values)) for name, value in self.changes.items()),
        )
        statement = _kept.get(key) or _keep(
            key, _compile(self.rows().using(using), self.condition, self.changes)
        )
        return statement.sql, statement.filled(values, using)


def update_row(
    rows: Callable[[], models.QuerySet[Any]],
    pk: object,
    condition: Q,
    changes: Mapping[str, Any],
) -> bool:
    """Make one :class:`Update`. Says whether there was such a row."""
    return update_rows([Update(rows, pk, condition, changes)])[0]


def update_rows(updates: Sequence[Update]) -> list[bool]:
    """Make several, one after the other; in one round trip where the database takes it.

    A process that waits for each answer spends more on falling asleep and waking up than on the
    statement. Says of each whether there was such a row.
    """
    using = database()
    connection = connections[using]
    ready = [update.ready(using) for update in updates]
    with connection.cursor() as cursor:
        if len(ready) < 2 or not _takes_several(connection):
            return [bool(_execute(cursor, *each).rowcount) for each in ready]
        params = SealedList(param for _, each in ready for param in each)
        _execute(cursor, "; ".join(sql for sql, _ in ready), params)
        won = [bool(cursor.rowcount)]
        while cursor.nextset():
            won.append(bool(cursor.rowcount))
        return won


def _execute(cursor: Any, sql: str, params: list[Any]) -> Any:
    cursor.execute(sql, params)
    return cursor


def _takes_several(connection: Any) -> bool:
    """Whether one message may hold several statements, each of which tells its row count.

    That is PostgreSQL's simple protocol by way of psycopg 3, unless the host wants values bound by
    the server.
    """
    if connection.vendor != "postgresql":
        return False
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    return is_psycopg3 and not connection.features.uses_server_side_binding


def find_row(rows: Callable[..., models.QuerySet[M]], model: type[M], **values: Any) -> M | None:
    """``rows(**values).first()``, in no order.

    ``rows`` must give the same query whenever it is called, of one model's columns, and do nothing
    with ``values`` but compare with them. They belong to the model's fields of these names; none
    is ``None``.
    """
    using = database()
    key = (rows, using, *values)
    statement = _kept.get(key) or _keep(key, _compile_select(rows, model, values, using))
    params = statement.filled(list(values.values()), using)
    found = model._default_manager.using(using).raw(statement.sql, params)
    return next(iter(found), None)


def _keep(key: Any, statement: _Statement) -> _Statement:
    if len(_kept) >= _KEPT:
        _kept.clear()
    _kept[key] = statement
    return statement


def _shape(condition: Q, values: list[Any]) -> Any:
    """What is the same in all statements that differ by values only; those are appended."""
    children = tuple(
        _shape(child, values)
        if isinstance(child, Q)
        else (child[0], _value_shape(child[1], values, in_condition=True))
        for child in _children(condition)
    )
    return condition.connector, condition.negated, children


def _value_shape(value: Any, values: list[Any], *, in_condition: bool = False) -> Any:
    if isinstance(value, FromNow):
        values.append(value.delta)
        return FromNow
    if _is_constant(value, in_condition):
        return value
    values.append(value)
    return _Slot


def _is_constant(value: Any, in_condition: bool) -> bool:
    """Whether it is a part of the statement: an expression, or what changes a condition's SQL."""
    if value is None or hasattr(value, "resolve_expression"):
        return True
    return in_condition and isinstance(value, bool | tuple)


def _compile(rows: models.QuerySet[Any], condition: Q, changes: Mapping[str, Any]) -> _Statement:
    places = iter(range(1, 1000))
    meta = rows.model._meta
    # In the order in which the shape was made.
    opened = _opened(condition, meta, places)
    filled = {
        name: _opened_value(value, meta.get_field(name), places) for name, value in changes.items()
    }
    chosen = rows.filter(opened, pk=_Slot(meta.pk, 0)).order_by()
    query = cast(UpdateQuery, chosen.query.chain(UpdateQuery))
    query.add_update_values(filled)
    sql, params = query.get_compiler(rows.db).as_sql()
    return _Statement(sql, tuple(params))


def _opened(condition: Q, meta: Any, places: Iterator[int]) -> Q:
    children: list[Any] = []
    for child in _children(condition):
        if isinstance(child, Q):
            children.append(_opened(child, meta, places))
        else:
            name, value = child
            field = meta.get_field(name.split("__")[0])
            children.append((name, _opened_value(value, field, places, in_condition=True)))
    return Q.create(children, condition.connector, negated=condition.negated)


def _compile_select(
    rows: Callable[..., models.QuerySet[Any]],
    model: type[models.Model],
    names: Iterable[str],
    using: str,
) -> _Statement:
    meta: Any = model._meta
    slots = {name: _Slot(meta.get_field(name), place) for place, name in enumerate(names)}
    chosen = rows(**slots).using(using).order_by()
    sql, params = chosen.query.get_compiler(using).as_sql()
    return _Statement(sql, tuple(params))


def _left_to_database(row: models.Model) -> list[str]:
    return [name for name, value in vars(row).items() if isinstance(value, DatabaseDefault)]


def _named_columns(row: models.Model, values: list[Any]) -> tuple[str, ...]:
    """The columns that an ``INSERT`` has to name; their values are appended.

    The half of a new job is null, which a column is without being named.
    """
    left = _left_to_database(row)
    named = []
    for column in row._meta.local_concrete_fields:
        if column.generated or column.attname in left:
            continue
        value = column.pre_save(row, add=True)
        if value is not None or column.has_db_default():
            named.append(column.name)
            values.append(value)
    return tuple(named)


def _compile_insert(
    shapes: Iterable[tuple[type[models.Model], Sequence[str]]], using: str
) -> _Statement:
    places = count()
    parts: list[str] = []
    params: list[Any] = []
    for model, names in shapes:
        meta: Any = model._meta
        named = [meta.get_field(name) for name in names]
        row: Any = SimpleNamespace(**{field.attname: _Slot(field, next(places)) for field in named})
        query = InsertQuery(model)
        query.insert_values(named, [row], raw=True)
        [(sql, filled)] = query.get_compiler(using).as_sql()
        parts.append(sql)
        params += filled
    *first, last = parts
    before = ", ".join(f"inserted_{number} AS ({sql})" for number, sql in enumerate(first))
    return _Statement(f"WITH {before} {last}" if before else last, tuple(params))


def _children(condition: Q) -> Iterable[Any]:
    """Pairs of a lookup and its value, and further conditions."""
    return condition.children


def _opened_value(
    value: Any, field: Any, places: Iterator[int], *, in_condition: bool = False
) -> Any:
    if isinstance(value, FromNow):
        return FromNow.plus(_Slot(DurationField(), next(places)))
    return value if _is_constant(value, in_condition) else _Slot(field, next(places))
