"""Connections that go to judged addresses only."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from .resolving import resolve
from .target import Target

#: Bytes that one read takes from the network: an answer isn't read far beyond what is wanted.
_READ = 4096


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to the target's host, whatever it is asked for, at an address that was judged.

    Judging and connecting use the same look-up: a name that resolves to something else a moment
    later changes nothing.
    """

    def __init__(self, target: Target) -> None:
        self._target = target

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = timeout or 0.0
        until = time.monotonic() + seconds
        addresses = resolve(self._target, seconds=seconds)
        problem: Exception = httpcore.ConnectTimeout("there was no time left to connect")
        for place, address in enumerate(addresses):
            left = until - time.monotonic()
            if left <= 0:
                break
            # The others get their share of the time: one address may swallow every packet.
            share = left / (len(addresses) - place)
            try:
                # By the address, a number: nobody looks anything up here.
                return _SmallReads(
                    httpcore.SyncBackend().connect_tcp(str(address), self._target.port, share)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


class _SmallReads(httpcore.NetworkStream):
    """A connection that is read in small pieces."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(min(max_bytes, _READ), timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _SmallReads(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
