"""What ate the webhook: each eater on loopback, and what is said of it."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai.management.verbs.selftest import probe
from tests.remote import Configure, configure, upstream
from tests.upstream.signing import service_key

__all__ = ["configure", "upstream"]


class Eater(HTTPServer):
    """Answers every request with ``answer``: status, headers, body."""

    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Eater

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Be silent."""


@pytest.fixture
def eater() -> Iterator[Eater]:
    with Eater(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def selftest(*arguments: str) -> str:
    out = StringIO()
    call_command("universal_ai", "webhook-selftest", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_it_arrives(configure: Configure, live_server: LiveServer, settings: Settings) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    configure(webhook_url=live_server.url)
    said = selftest()
    assert f"{live_server.url}/universal-ai/webhook/: a webhook arrives here." in said
    assert "no public key: a webhook only makes our own request due" in said
    configure(webhook_public_keys=[service_key().pem])
    assert "1 public key(s): a signed webhook is the result" in selftest("--url", live_server.url)


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (302, {"Location": "/accounts/login/?next=/"}, b"", "redirected to the login at http://"),
        (301, {"Location": "https://127.0.0.1/hook"}, b"", "to https, and nobody posts again"),
        (301, {"Location": "/elsewhere/"}, b"", "/elsewhere/, and nobody posts again"),
        (403, {}, b"<h1>CSRF verification failed.</h1>", "403: a CSRF check ate it"),
        (403, {}, b"", "403: something before this app forbids it"),
        (400, {}, b"", "ALLOWED_HOSTS"),
        (401, {}, b"", "401: a login is asked for before this app"),
        (404, {}, b"", "404: nothing is there"),
        (502, {}, b"", "the proxy doesn't reach the site"),
        (418, {}, b"<p>a  teapot", "418: something before this app refused it: <p>a teapot"),
        (200, {}, b"", "200, but another page answers there: (an empty page)"),
        (200, {}, b'{"who": "somebody"}', "another page answers there"),
        (200, {}, b"[1]", "another page answers there"),
        (401, {}, b'{"who": "django-universal-ai", "detail": "No."}', "another SECRET_KEY"),
    ],
)
def test_what_ate_it(
    eater: Eater, status: int, headers: dict[str, str], body: bytes, words: str
) -> None:
    eater.answer = status, headers, body
    problem = probe(f"{eater.url}/hook", 10)
    assert problem
    assert words in problem


def test_nobody_is_there(eater: Eater) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        problem = probe(f"http://127.0.0.1:{unused.getsockname()[1]}/", 10)
    assert problem
    assert "can't be reached" in problem


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        problem = probe(f"http://127.0.0.1:{deaf.getsockname()[1]}/", 0.2)
    assert problem
    assert "nobody answered in time" in problem


def test_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    problem = probe("http://nowhere.example/", 10)
    assert problem == "there is no host 'nowhere.example' in the DNS."


def test_a_certificate_that_nobody_trusts(eater: Eater, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "both.pem"))
    eater.socket = context.wrap_socket(eater.socket, server_side=True)
    problem = probe(eater.url.replace("http", "https"), 10)
    assert problem
    assert "TLS failed" in problem


def self_signed(path: Path) -> Path:
    """A key and its own certificate, in one file."""
    key = service_key().private
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    path.write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def test_the_command_fails_and_names_the_address(eater: Eater) -> None:
    eater.answer = 404, {}, b""
    with pytest.raises(CommandError, match=r"/universal-ai/webhook/: 404: nothing is there"):
        selftest("--url", eater.url)


def test_without_an_address(configure: Configure) -> None:
    configure()
    with pytest.raises(CommandError, match='No backend has a "webhook_url"'):
        selftest()


def test_without_the_urls(settings: Settings) -> None:
    empty = ModuleType("tests_no_urls")
    empty.urlpatterns = []  # type: ignore[attr-defined]
    sys.modules["tests_no_urls"] = empty
    settings.ROOT_URLCONF = "tests_no_urls"
    with pytest.raises(CommandError, match="include"):
        selftest("--url", "https://here.example")
