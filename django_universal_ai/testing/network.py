"""No request of this app leaves the machine in a test."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpcore


class NetworkBlocked(Exception):
    """A test was about to call something beyond loopback."""


@contextmanager
def blocked() -> Iterator[None]:
    """Let requests of this app reach loopback and nothing else.

    The project's own synchronous requests by httpx take the same way, so they are stopped, too.
    """
    connect = httpcore.SyncBackend.connect_tcp

    def guarded(self: Any, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if not _is_loopback(host):
            raise NetworkBlocked(f"A test was about to connect to {host}:{port}.")
        return connect(self, host, port, *args, **kwargs)

    with mock.patch.object(httpcore.SyncBackend, "connect_tcp", guarded):
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
