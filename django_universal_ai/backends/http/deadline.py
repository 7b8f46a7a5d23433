"""A time limit on a whole request.

httpx knows limits for one connect, one read and one write. A server that sends a byte every few
seconds keeps each of them and holds a worker for ever, so the streams under httpx get a clock that
runs from the first to the last byte.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_ends_at: ContextVar[float] = ContextVar("universal_ai_http_deadline")

#: Bytes that are written before the clock is looked at again.
_SLICE = 65536


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Let requests of this thread fail once ``seconds`` have passed.

    They fail with httpx's own time-outs: ``ConnectTimeout``, ``ReadTimeout``, ``WriteTimeout``.
    """
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def watch(client: httpx.Client) -> None:
    """Make the client's connections keep :func:`time_limit`, in which it has to be used from now.

    httpx has no public way to a pool's network backend that keeps the proxies of the environment,
    hence the private names; an httpx without them fails here, on the first request, and loudly.
    """
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            pool = transport._pool
            pool._network_backend = TimedBackend(pool._network_backend)


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    """The shorter one of ``timeout`` and what is left; raises when nothing is."""
    left = _ends_at.get() - time.monotonic()
    if left <= 0:
        raise error("the time for the whole request is over")
    return left if timeout is None else min(timeout, left)


class TimedBackend(httpcore.NetworkBackend):
    """Opens connections that keep :func:`time_limit`. Looking up a name isn't covered.

    One read takes ``most_read`` bytes at most, where that is given.
    """

    def __init__(self, inner: httpcore.NetworkBackend, *, most_read: int | None = None) -> None:
        self._inner = inner
        self._most_read = most_read

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._most_read)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes end with the time limit at the latest."""

    def __init__(self, inner: httpcore.NetworkStream, most_read: int | None) -> None:
        self._inner = inner
        self._most_read = most_read

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        max_bytes = min(max_bytes, self._most_read or max_bytes)
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _SLICE):
            left = _left(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _SLICE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Stream(inner, self._most_read)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
