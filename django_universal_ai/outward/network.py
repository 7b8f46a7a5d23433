"""Connections that go to judged addresses only."""

from __future__ import annotations

import time
from collections.abc import Iterable

import httpcore

from .resolving import resolve
from .target import Target


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
                return httpcore.SyncBackend().connect_tcp(str(address), self._target.port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem
