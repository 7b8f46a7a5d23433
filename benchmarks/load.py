"""Clients that keep asking over a connection each, as cheaply as sockets allow.

They share the machine with what is measured, so that what they cost would be taken for its.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import Any


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients got in a time."""

    answers: int
    #: Seconds of each, in no order.
    seconds: tuple[float, ...]
    #: Of the whole.
    wall: float

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.wall


def request(method: str, path: str, token: str = "", body: Any = None) -> bytes:
    """A request, ready to be sent."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    content = b"" if body is None else json.dumps(body).encode()
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, message: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self._socket.sendall(message)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._receive()
        head, _, body = got.partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self._receive()
        if b"connection: close" in lower:
            self.close()
            self._open()
        return int(head[9:12]), body

    def _receive(self) -> bytes:
        if part := self._socket.recv(65536):
            return part
        raise ConnectionError("the server hung up")

    def close(self) -> None:
        self._socket.close()


#: Gives the requests of the client with a number.
Messages = Callable[[int], Iterator[bytes]]


def put_on(
    port: int,
    messages: Messages,
    *,
    clients: int,
    seconds: float,
    want: int,
) -> Load:
    """So many clients ask for so long; every answer has to have the status ``want``."""

    def one(number: int) -> list[float]:
        client, took = Client(port), []
        for message in messages(number):
            began = time.perf_counter()
            if began >= ends_at:
                break
            status, body = client.ask(message)
            took.append(time.perf_counter() - began)
            assert status == want, (status, body[:500])
        client.close()
        return took

    began = time.perf_counter()
    ends_at = began + seconds
    with ThreadPoolExecutor(clients) as pool:
        each = list(pool.map(one, range(clients)))
    took = tuple(second for times in each for second in times)
    return Load(len(took), took, time.perf_counter() - began)


def again_and_again(*messages: bytes) -> Messages:
    """All clients ask for these, in turn, without end."""
    return lambda number: cycle(messages)
