"""Databases and brokers that the example project must run on, each used by one test alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from kombu import Connection, Queue
from redis import Redis

from tests.services import AMQP, POSTGRES, REDIS, own_database, service_url


@contextmanager
def embedded() -> Iterator[dict[str, str]]:
    """What the example project has by itself."""
    yield {}


@contextmanager
def postgres_and_redis() -> Iterator[dict[str, str]]:
    with _postgres() as database, _broker(service_url(REDIS)) as broker:
        yield {**database, **broker}


@contextmanager
def postgres_and_rabbitmq() -> Iterator[dict[str, str]]:
    with _postgres() as database, _broker(service_url(AMQP)) as broker:
        yield {**database, **broker}


@contextmanager
def _postgres() -> Iterator[dict[str, str]]:
    """A database of this test's own."""
    with own_database(service_url(POSTGRES)) as url:
        yield {"DATABASE_URL": url}


@contextmanager
def _broker(url: str) -> Iterator[dict[str, str]]:
    """Queues of this test's own, removed after it."""
    prefix = f"example-{uuid.uuid4().hex[:12]}-"
    try:
        yield {"CELERY_BROKER_URL": url, "EXAMPLE_QUEUE_PREFIX": prefix}
    finally:
        _remove_queues(url, prefix)


def _remove_queues(url: str, prefix: str) -> None:
    if url.startswith("redis"):
        with Redis.from_url(url) as redis:
            redis.delete(*redis.scan_iter(f"*{prefix}*"))
        return
    with Connection(url) as connection:
        for name in ("celery", "universal_ai_local"):
            Queue(prefix + name).bind(connection.default_channel).delete()
