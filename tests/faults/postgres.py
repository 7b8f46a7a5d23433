"""A PostgreSQL database per run: copied from a migrated template, dropped at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

ROOT = Path(__file__).resolve().parents[2]

#: Every moment that says when something is due or whose it is. Not ``next_request_at``: the service
#: counts real seconds, and in them a request that may leave in half a second is still to leave.
_MOMENTS = {
    "universal_ai_universalaijob": ("due_at", "lease_until", "missing_since"),
    "universal_ai_jobevent": ("deliver_at",),
    "universal_ai_account": ("closed_until", "swept_until", "next_sweep_at"),
}


class Database:
    """One database, read past Django and past any proxy."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = urlsplit(url).path.lstrip("/")

    def rows(self, query: LiteralString, *values: Any) -> list[dict[str, Any]]:
        with self._connect() as connection:
            return list(connection.execute(query, values))

    def value(self, query: LiteralString, *values: Any) -> Any:
        return next(iter(self.rows(query, *values)[0].values()))

    def execute(self, query: LiteralString, *values: Any) -> int:
        """Returns how many rows it touched."""
        with self._connect() as connection:
            return connection.execute(query, values).rowcount

    def let_time_pass(self, seconds: float) -> None:
        """Move every due time and lease into the past: to the app, so much time went by."""
        with self._connect() as connection:
            for table, columns in _MOMENTS.items():
                changes = sql.SQL(", ").join(
                    sql.SQL("{0} = {0} - make_interval(secs => {1})").format(
                        sql.Identifier(column), sql.Literal(seconds)
                    )
                    for column in columns
                )
                connection.execute(
                    sql.SQL("UPDATE {} SET {}").format(sql.Identifier(table), changes)
                )

    def end_backends(self) -> int:
        """Terminate every connection but our own, as an administrator or a fail-over does."""
        return len(
            self.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    def _connect(self) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(self.url, autocommit=True, row_factory=dict_row)


@contextmanager
def template(server: str, folder: Path) -> Iterator[str]:
    """Make a migrated database to copy from; gives its name."""
    name = f"faults_template_{os.getpid()}"
    with _dropped_at_the_end(server, name) as url:
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "tests.faults.host.settings",
                "UNIVERSAL_AI_TEST_RUN": str(folder),
                "UNIVERSAL_AI_TEST_NAME": name,
                "UNIVERSAL_AI_TEST_DATABASE_URL": url,
                "UNIVERSAL_AI_TEST_OPTIONS": "{}",
            },
            check=True,
            timeout=60,
        )
        yield name


@contextmanager
def database(server: str, name: str, template: str) -> Iterator[Database]:
    with _dropped_at_the_end(server, name, template) as url:
        yield Database(url)


@contextmanager
def _dropped_at_the_end(server: str, name: str, template: str = "template1") -> Iterator[str]:
    _administer(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _administer(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _administer(server, "DROP DATABASE {} WITH (FORCE)", name)


def _administer(server: str, command: LiteralString, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))
