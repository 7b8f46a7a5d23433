"""A small HTTP server on the loopback address that does what a test tells it to."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Seconds after which even a slow receiver lets go, so that no test hangs.
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Act = Callable[["Handler"], None]


@dataclass(slots=True)
class Loopback:
    """The server; ``acts`` are used up one by one, the last one stays."""

    url: str
    host: str
    port: int
    acts: list[Act]
    heard: list[Heard] = field(default_factory=list)
    #: Whoever connected, heard or not.
    callers: list[object] = field(default_factory=list)
    #: Set when the test is over: whoever is slow may stop.
    over: threading.Event = field(default_factory=threading.Event)

    def next_act(self) -> Act:
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    loopback: Loopback

    def do_POST(self) -> None:
        self._hear()

    def do_GET(self) -> None:
        self._hear()

    def _hear(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.loopback.heard.append(Heard(self.command, self.path, headers, self.rfile.read(length)))
        self.close_connection = True
        with suppress(OSError):  # the client has gone: that's what some tests are about
            self.loopback.next_act()(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def answering(status: int = 200, body: bytes = b"thanks", **headers: str) -> Act:
    return lambda handler: handler.answer(status, body, **headers)


def closing(handler: Handler) -> None:
    """Hang up without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def waiting(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.loopback.over.wait(PATIENCE)


def endless(handler: Handler) -> None:
    """Answer 200, and never stop."""
    handler.send_response(200)
    handler.end_headers()
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE and not handler.loopback.over.is_set():
        handler.wfile.write(b"x" * 65536)


def dripping(handler: Handler) -> None:
    """Answer 200, a byte now and then."""
    handler.send_response(200)
    handler.end_headers()
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE and not handler.loopback.over.wait(0.02):
        handler.wfile.write(b"x")


def babbling(handler: Handler) -> None:
    """Something that isn't HTTP."""
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


@contextmanager
def loopback(
    *acts: Act, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[Loopback]:
    """Listen until the block ends; every request is answered by the next of ``acts``."""

    class OwnHandler(Handler):
        pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def get_request(self) -> tuple[Any, Any]:
            made.callers.append(None)
            return super().get_request()

        def handle_error(self, *args: object) -> None:
            pass  # broken connections are what tests ask for

    server = Server((host, 0), OwnHandler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    shown = f"[{host}]" if ":" in host else host
    made = Loopback(
        f"{'https' if tls else 'http'}://{shown}:{port}", host, port, list(acts or [answering()])
    )
    OwnHandler.loopback = made
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
