"""A corner of a real broker that belongs to one run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from amqp.exceptions import NotFound
from kombu import Connection

#: Databases of a Redis server that runs may take. Its first ones are other people's.
_NUMBERS = range(8, 16)
_LOCK = "faults-run"


class Broker:
    """``url`` is what workers get; ``flush`` loses every message; ``dump`` tells what it holds."""

    url: str

    def flush(self) -> None:
        raise NotImplementedError

    def dump(self) -> bytes:
        raise NotImplementedError


class RedisBroker(Broker):
    """A database of its own on a Redis server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = redis.Redis.from_url(url)

    def flush(self) -> None:
        self._client.flushdb()
        self._client.set(_LOCK, os.getpid())

    def dump(self) -> bytes:
        return b"".join(self._client.dump(key) or b"" for key in self._client.scan_iter())

    def release(self) -> None:
        self._client.flushdb()
        self._client.close()


class AmqpBroker(Broker):
    """Queues and exchanges under a name of its own on a RabbitMQ server."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self._queues = (name, f"{name}.local")
        control = (f"{name}.pidbox", f"reply.{name}.pidbox", f"{name}.events")
        self._exchanges = (*self._queues, *control)

    def flush(self) -> None:
        for queue in self._queues:
            with self._channel() as channel:
                channel.queue_purge(queue)

    def dump(self) -> bytes:
        bodies = b""
        for queue in self._queues:
            with self._channel() as channel:
                while message := channel.basic_get(queue):
                    bodies += f"{message.headers} {message.body}".encode()
        return bodies

    def release(self) -> None:
        for queue in self._queues:
            with self._channel() as channel:
                channel.queue_delete(queue)
        for exchange in self._exchanges:
            with self._channel() as channel:
                channel.exchange_delete(exchange)

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """A channel of its own: asking for a queue that isn't there closes it."""
        with Connection(self.url) as connection, suppress(NotFound):
            yield connection.channel()


@contextmanager
def broker(url: str, name: str) -> Iterator[Broker]:
    """A corner of the server of ``url``, empty, and emptied at the end."""
    made = AmqpBroker(url, name) if url.startswith("amqp") else _free_redis(url)
    try:
        yield made
    finally:
        made.release()


def _free_redis(url: str) -> RedisBroker:
    for number in _NUMBERS:
        own = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        client = redis.Redis.from_url(own, decode_responses=True)
        with client:
            owner = client.get(_LOCK)
            if owner and not Path(f"/proc/{owner!s}").exists():
                client.flushdb()  # of a run that was killed
            if client.dbsize() == 0 and client.set(_LOCK, os.getpid(), nx=True):
                return RedisBroker(own)
    raise AssertionError(f"No database of {url} is free; are there leftovers of killed runs?")
