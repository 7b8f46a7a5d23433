"""Clients that are slow or hostile on purpose, at a real web server, while others are served."""

from __future__ import annotations

import json
import socket
import sys
import time
from contextlib import ExitStack, suppress

import pytest

from benchmarks.measures import cpu, quantile

from .api import Api
from .conftest import Stages
from .processes import Group
from .proxy import free_port
from .size import TIMEOUT

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

#: Clients that begin a request and don't end it: many more than the server has threads.
SLOW = 60
#: The server that keeps a client that dawdles from holding up a thread.
ASYNC = ("-k", "uvicorn_worker.UvicornWorker")

JOBS = "/v3/universal-ai/async"
UPLOAD = "/v3/upload"

#: Where a slow client stops: in the line, in the headers, in a JSON body, in a file.
BEGINNINGS = {
    "line": b"POST /v3/universal",
    "headers": b"POST /v3/universal-ai/async HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a",
    "body": b"POST /v3/universal-ai/async HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\n"
    b'Content-Length: 1000\r\n\r\n{"model": "a',
    "file": b"POST /v3/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nxxxx',
}

#: Bodies that cost the reader something, and what they are answered.
HOSTILE: dict[str, tuple[str, bytes]] = {
    "10,000 keys": ("json", json.dumps({f"key {n}": n for n in range(10_000)}).encode()),
    "depth 100,000": ("json", b"[" * 100_000 + b"]" * 100_000),
    "depth 100,000 in input": (
        "json",
        b'{"model": "audio/speech_to_text_async/google", "input": '
        + b'{"a":' * 100_000
        + b"1"
        + b"}" * 100_001,
    ),
    "10 MB of JSON": ("json", b'{"model": "' + b"x" * 10_000_000 + b'"}'),
    "10 MB of zeros": ("json", bytes(10_000_000)),
    "UTF-16": ("json", '{"model": "a/b/c", "input": {}}'.encode("utf-16")),
    "half a character": ("json", b'{"model": "\xc3"}'),
    "a number of 100,000 digits": ("json", b'{"model": ' + b"9" * 100_000 + b"}"),
    "10 MB in a field": (
        "form",
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n'
        + b"x" * 10_000_000
        + b"\r\n--b--\r\n",
    ),
    "10,000 fields": (
        "form",
        b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%d"\r\n\r\n1\r\n' % n
            for n in range(10_000)
        )
        + b"--b--\r\n",
    ),
}


def post(port: int, path: str, kind: str, token: str, body: bytes) -> int:
    """The status of the answer, which may come before the body is sent."""
    types = {"json": "application/json", "form": "multipart/form-data; boundary=b"}
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: {types[kind]}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        with suppress(OSError):  # it is refused before its end
            line.sendall(head.encode() + body)
        answer = line.recv(4096)
    return int(answer.split()[1])


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_others_are_served_while_many_dawdle(stages: Stages, beginning: str) -> None:
    stage = stages()
    port = free_port()
    web: Group = stage.gunicorn(port, *ASYNC, app="asgi")
    token = stage.web.call("token", owner="ann")
    api = Api([port], token)
    with ExitStack() as stack:
        for _ in range(SLOW):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            line.sendall(BEGINNINGS[beginning].replace(b"TOKEN", token.encode()))
        for serial in range(10):
            api.post(serial)
        assert len(api.accepted) == 10
        assert api.request("GET", JOBS)["total"] == 10
    # They went away in the middle: nothing of theirs is left, and nothing broke.
    api.post(10)
    assert api.request("GET", JOBS)["total"] == 11
    assert api.request("GET", UPLOAD)["total"] == 0
    assert web.is_alive
    assert "Traceback" not in web.log.read_text()


@pytest.mark.parametrize("server", ["threads", "async"])
def test_bodies_that_cost_something_are_refused(stages: Stages, server: str) -> None:
    stage = stages()
    port = free_port()
    web = stage.gunicorn(port, *ASYNC, app="asgi") if server == "async" else stage.gunicorn(port)
    token = stage.web.call("token", owner="ann")
    api = Api([port], token)
    api.post(0)
    used: dict[str, list[float]] = {name: [] for name in HOSTILE}
    for _ in range(5):
        for name, (kind, body) in HOSTILE.items():
            before = cpu([web.pid])
            status = post(port, UPLOAD if kind == "form" else JOBS, kind, token, body)
            used[name].append(cpu([web.pid]) - before)
            assert 400 <= status < 500, (name, status)
    for name, seconds in used.items():
        sys.stdout.write(f"{name}: at most {max(seconds) * 1000:.0f} ms of CPU\n")
    every = [second for seconds in used.values() for second in seconds]
    sys.stdout.write(f"{server}: p99 {quantile(every, 0.99) * 1000:.0f} ms of CPU\n")
    began = time.monotonic()
    api.post(1)
    took = (time.monotonic() - began) * 1000
    sys.stdout.write(f"{server}: the next job was taken in {took:.0f} ms\n")
    assert api.accepted.keys() == {0, 1}
    assert web.is_alive
