"""The httpx clients of one backend, made when they're needed, one set per process."""

from __future__ import annotations

import os
from collections.abc import Callable

import httpx

_KEPT = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5)
_FRESH = httpx.Limits(max_connections=100, max_keepalive_connections=0)


class Clients:
    """Hands out a client that keeps its connections, and one that never uses one twice.

    Safe to share between threads, and across a fork: a child makes clients of its own and leaves
    the parent's sockets alone. There is no lock that a fork could copy in its locked state.
    """

    def __init__(self, make: Callable[[httpx.Limits], httpx.Client]) -> None:
        self._make = make
        self._clients: dict[tuple[int, bool], httpx.Client] = {}

    def get(self, *, fresh: bool) -> httpx.Client:
        """The client of this process; ``fresh``: the one that never uses a connection twice."""
        key = os.getpid(), fresh
        client = self._clients.get(key)
        return self._add(key) if client is None else client

    def _add(self, key: tuple[int, bool]) -> httpx.Client:
        for inherited in [other for other in list(self._clients) if other[0] != key[0]]:
            self._clients.pop(inherited, None)
        made = self._make(_FRESH if key[1] else _KEPT)
        # Of two threads that come here at once, one wins.
        client = self._clients.setdefault(key, made)
        if client is not made:
            made.close()
        return client

    def close(self) -> None:
        """Close this process's clients; the next request makes new ones."""
        for key in list(self._clients):
            client = self._clients.pop(key, None)
            if client is not None and key[0] == os.getpid():
                client.close()
