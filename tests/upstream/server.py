"""The server: sockets, threads, and the way of one request through the house."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from .answers import Answer, json_answer
from .control import ROOT, control
from .delivery import changed, deliver
from .faults import Fault, Faults
from .jobs import Jobs
from .ledger import Entry, Ledger
from .multipart import BadBody, Body, read_form
from .service import Request, Service
from .settings import Settings
from .webhooks import Webhooks

TICK = 0.02


def no_form() -> Answer:
    """For a form that can't be read; what follows it on the connection can't be either."""
    headers = {"Connection": "close"}
    return json_answer(400, {"detail": "There was an error parsing the body"}, headers=headers)


class Upstream:
    """A Universal AI service on loopback, with scripted faults and a ledger.

    Use it as a context manager; ``settings``, ``faults``, ``jobs`` and ``ledger`` may be touched
    at any time. Other processes reach the same through ``/_control/`` (see ``client.Control``).
    """

    def __init__(
        self, *, port: int = 0, seed: int = 0, tls: ssl.SSLContext | None = None, **settings: Any
    ) -> None:
        self.settings = Settings()
        self.settings.update(settings)
        self.jobs = Jobs(self.settings, seed)
        self.faults = Faults(seed)
        self.ledger = Ledger()
        self.service = Service(self.settings, self.jobs)
        self.stopped = threading.Event()
        self.webhooks = Webhooks(self.settings, self.stopped)
        self.jobs.on_end = self.webhooks.announce
        #: Exceptions in handlers; a test that finds any should not trust the server.
        self.crashes: list[BaseException] = []
        self._scheme = "https" if tls else "http"
        self._server = _Server(("127.0.0.1", port), self, tls)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        for name, work in (("serve", self._serve), ("clock", self._clock)):
            threading.Thread(target=work, name=f"upstream-{name}", daemon=True).start()
        return self

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=TICK)

    def _clock(self) -> None:
        """End jobs when nobody asks for them, so that their webhooks leave in time."""
        while not self.stopped.wait(TICK):
            self.jobs.settle()

    def stop(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self.hang_up_all()
        self.webhooks.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def fault(self, kind: str, **values: Any) -> Fault:
        """Script a fault; see ``faults.Fault`` for the values."""
        return self.faults.add(Fault(kind, **values))

    def hang_up_all(self) -> None:
        """Close every connection, as a restart does."""
        for connection in list(self._server.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait_until_idle(self, seconds: float = 5.0) -> None:
        """Until no connection is open; raises :class:`TimeoutError` when one stays."""
        ends_at = time.monotonic() + seconds
        while self._server.connections:
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{len(self._server.connections)} connections are still open")
            time.sleep(0.005)

    def reset(self) -> None:
        """Forget everything but the settings."""
        self.faults.clear()
        self.jobs.clear()
        self.ledger.clear()
        self.service.uploads.clear()
        self.webhooks.deliveries.clear()

    def answer(self, request: Request, entry: Entry) -> tuple[Answer, Fault | None]:
        """Carry a request out, unless a fault keeps it from happening."""
        fault = self.faults.take(request.method, request.path, request.body)
        done = None
        if fault is None or fault.is_carried_out:
            done = self.service.handle(request)
            entry.public_id, entry.accepted = done.public_id, done.accepted
            entry.body = request.data
        entry.fault = fault.kind if fault else None
        return changed(done, fault), fault


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(
        self, address: tuple[str, int], upstream: Upstream, tls: ssl.SSLContext | None
    ) -> None:
        self.upstream = upstream
        self.tls = tls
        self.numbers = count(1)
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls:
            # The handshake happens in the connection's own thread, with its first read.
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.upstream.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests from one connection; also the ``Wire`` for the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.numbers)
        self.nth = 0
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """The ledger tells it all."""

    def do_GET(self) -> None:
        self.nth += 1
        request = self.read_request()
        if request.path.startswith(ROOT):
            self.answer_control(request)
            return
        upstream = self.server.upstream
        entry = upstream.ledger.open(
            method=request.method,
            path=request.path,
            query=request.query,
            account=upstream.service.account(request),
            connection=self.number,
            nth=self.nth,
            headers={k: v for k, v in request.headers.items() if k != "authorization"},
        )
        answer, fault = (
            upstream.answer(request, entry) if self.read_body(request) else (no_form(), None)
        )
        if deliver(self, answer, fault):
            entry.status = answer.status

    do_POST = do_DELETE = do_PATCH = do_PUT = do_GET

    def read_request(self) -> Request:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, unquote(url.path), dict(parse_qsl(url.query)), headers)

    def read_body(self, request: Request) -> bool:
        """Whether the body could be read."""
        body = Body(self.rfile, request.headers)
        content_type = request.headers.get("content-type", "")
        try:
            if content_type.startswith("multipart/form-data"):
                request.form = read_form(body, content_type)
            else:
                request.body = body.read_all()
        except BadBody:
            self.close_connection = True
            return False
        return True

    def answer_control(self, request: Request) -> None:
        self.read_body(request)
        data = json.loads(request.body) if request.body else None
        what = request.path.removeprefix(ROOT)
        answer = control(self.server.upstream, request.method, what, request.query, data)
        deliver(self, answer, None)

    def send(self, data: bytes) -> None:
        self.wfile.write(data)

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        self.close_connection = True
        self.server.connections.discard(self.connection)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Not close(): the files of the handler hold the socket open, and would send a FIN first.
        os.close(self.connection.detach())

    def wait(self, seconds: float) -> None:
        if self.server.upstream.stopped.wait(seconds):
            raise ConnectionAbortedError("the server stops")
