"""Counts what this process asks the database, over all of its threads and connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

queries = 0


def _count(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
    global queries
    if "universal_ai" in sql:
        queries += 1
    return execute(sql, *arguments)


def _install(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if _count not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count)


connection_created.connect(_install)
