"""PostgreSQL and Redis: a database of its own for each contestant, and what the servers used."""

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
import redis
from psycopg import sql

from . import measures

ROOT = Path(__file__).resolve().parents[1]
POSTGRES = os.environ.get("UNIVERSAL_AI_TEST_POSTGRES_URL", "postgres://root@127.0.0.1:5432/test")
REDIS = os.environ.get("UNIVERSAL_AI_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")

#: Notes when the database learned of an end, whatever the contestant itself writes down.
_TRIGGER = """
CREATE TABLE benchmark_stored (public_id text PRIMARY KEY, at timestamptz NOT NULL);
CREATE FUNCTION benchmark_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO benchmark_stored VALUES (NEW.public_id, clock_timestamp()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER benchmark_note AFTER UPDATE ON {} FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status AND NEW.status IN ('success', 'fail'))
    EXECUTE FUNCTION benchmark_note();
"""


class Database:
    """A contestant's database, looked at over one connection of the harness's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)

    def migrate(self, environment: dict[str, str], table: str) -> None:
        """Make the contestant's tables, and watch the one that holds its jobs."""
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
            timeout=120,
        )
        self._connection.execute(sql.SQL(_TRIGGER).format(sql.Identifier(table)))

    def value(self, query: LiteralString) -> Any:
        row = self._connection.execute(query).fetchone()
        assert row
        return row[0]

    def execute(self, query: LiteralString) -> None:
        self._connection.execute(query)

    def stored(self) -> dict[str, float]:
        """When the end of each job was stored (Unix time), by ``public_id``."""
        query = "SELECT public_id, extract(epoch FROM at)::float8 FROM benchmark_stored"
        return dict(self._connection.execute(query).fetchall())

    def server_cpu(self) -> float:
        """Seconds of CPU of the whole server, as far as it runs on this machine; else 0."""
        pid = self._connection.info.backend_pid
        if urlsplit(self.url).hostname not in ("127.0.0.1", "localhost"):
            return 0.0
        try:
            return measures.cpu([measures.parent_of(pid)])
        except OSError:
            return 0.0

    def version(self) -> str:
        return str(self.value("SHOW server_version")).split()[0]

    def close(self) -> None:
        self._connection.close()


@contextmanager
def database(name: str) -> Iterator[Database]:
    """An empty database of this name, dropped at the end."""
    _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _administer("CREATE DATABASE {}", name)
    try:
        made = Database(urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}")))
        try:
            yield made
        finally:
            made.close()
    finally:
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _administer(command: LiteralString, name: str) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(sql.SQL(command).format(sql.Identifier(name)))


def redis_cpu() -> float:
    """Seconds of CPU of the Redis server."""
    with redis.Redis.from_url(REDIS) as client:
        used: Any = client.info("cpu")
    return float(used["used_cpu_sys"]) + float(used["used_cpu_user"])


def redis_version() -> str:
    with redis.Redis.from_url(REDIS) as client:
        told: Any = client.info("server")
    return str(told["redis_version"])
