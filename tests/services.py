"""The real servers that some tests need, as environment variables name them."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest

POSTGRES = "UNIVERSAL_AI_TEST_POSTGRES_URL"
MARIADB = "UNIVERSAL_AI_TEST_MARIADB_URL"
REDIS = "UNIVERSAL_AI_TEST_REDIS_URL"
AMQP = "UNIVERSAL_AI_TEST_AMQP_URL"

_PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306, "redis": 6379, "amqp": 5672}


def service_url(variable: str) -> str:
    """The address of a server that answers; skips the test without one, fails it in CI."""
    url = os.environ.get(variable, "")
    if not url:
        give_up(f"{variable} is not set: this test needs a real server.")
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or _PORTS[parts.scheme])
    try:
        socket.create_connection(address, timeout=3).close()
    except OSError as error:
        give_up(f"{variable} names {parts.hostname}:{parts.port}, which doesn't answer: {error}")
    return url


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """An empty database on this PostgreSQL, by its URL; gone at the end."""
    parts = urlsplit(server)
    name = f"universal_ai_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def give_up(reason: str) -> NoReturn:
    """Skip loudly on a user's machine; in CI what is missing is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
