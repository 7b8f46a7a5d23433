"""One request to an address that somebody else has named."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import httpcore
import pytest
from pytest_django import Settings

from django_universal_ai.exceptions import Unreachable
from django_universal_ai.outward import network
from django_universal_ai.outward.calling import calling
from django_universal_ai.outward.target import parse
from tests.certificates import make_certificate, speaking
from tests.loopback import Act, babbling, closing, dripping, loopback, waiting

from .conftest import Names


@pytest.fixture(autouse=True)
def _trust(settings: Settings) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"], "ALLOW_HTTP": True}


def test_a_request_and_its_answer() -> None:
    with (
        loopback() as server,
        calling(
            "POST",
            f"{server.url}/hook?key=1#part",
            headers={"X-Mine": "1"},
            content=b"{}",
            seconds=5.0,
            silence=5.0,
        ) as answer,
    ):
        assert (answer.status, b"".join(answer.chunks)) == (200, b"thanks")
        assert answer.headers["content-length"] == "6"
    (heard,) = server.heard
    assert (heard.method, heard.path, heard.body) == ("POST", "/hook?key=1", b"{}")
    assert heard.headers["host"] == f"127.0.0.1:{server.port}"
    assert heard.headers["x-mine"] == "1"
    assert heard.headers["accept-encoding"] == "identity"


def read_all(url: str) -> None:
    with calling("GET", url, headers={}, seconds=0.3, silence=5.0) as answer:
        list(answer.chunks)


@pytest.mark.parametrize("act", [closing, waiting, dripping, babbling])
def test_what_goes_wrong_on_the_way_is_told_without_the_url(act: Act) -> None:
    with loopback(act) as server, pytest.raises(Unreachable) as caught:
        read_all(f"{server.url}/hook/s3cret?key=s3cret")
    assert server.url in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    with (
        pytest.raises(Unreachable, match="refused"),
        calling("GET", url, headers={}, seconds=5.0, silence=5.0),
    ):
        pass


def test_the_next_address_is_tried(settings: Settings, names: Names) -> None:
    with loopback(host="127.0.0.1") as server:
        settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["two.example"]}
        names("two.example", ["::1", "127.0.0.1"])
        url = f"http://two.example:{server.port}/"
        with calling("GET", url, headers={}, seconds=5.0, silence=5.0) as answer:
            assert answer.status == 200
    assert server.heard[0].headers["host"] == f"two.example:{server.port}"


def test_a_look_up_that_takes_for_ever_is_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def getaddrinfo(*args: object, **more: object) -> list[object]:
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    try:
        with (
            pytest.raises(Unreachable, match=r"slow\.example"),
            calling("GET", "https://slow.example/", headers={}, seconds=0.2, silence=5.0),
        ):
            pass
    finally:
        over.set()


def test_a_name_that_nobody_knows(names: Names) -> None:
    names("none.example", [])
    with (
        pytest.raises(Unreachable, match=r"none\.example has no address"),
        calling("GET", "https://none.example/", headers={}, seconds=2.0, silence=2.0),
    ):
        pass


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path, name="hook.example", kind="DNS")


def test_tls_goes_by_the_name(
    certificate: Path, names: Names, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address; who answers there must have the name's certificate."""
    asked_for: list[str | None] = []
    context = speaking(certificate)
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["hook.example", "other.example"]}
    with loopback(tls=context) as server:
        for name in ("hook.example", "other.example"):
            names(name, ["127.0.0.1"])
        url = f"https://hook.example:{server.port}/"
        with calling("POST", url, headers={}, content=b"x", seconds=5.0, silence=5.0) as answer:
            assert answer.status == 200
        with (
            pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"),
            calling("GET", url.replace("hook", "other"), headers={}, seconds=5.0, silence=5.0),
        ):
            pass
    assert asked_for == ["hook.example", "other.example"]
    assert [heard.headers["host"] for heard in server.heard] == [f"hook.example:{server.port}"]


def test_a_look_up_that_took_all_the_time_is_followed_by_no_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 6.0])
    monkeypatch.setattr(network, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with loopback() as server:
        backend = network.GuardedBackend(parse(f"{server.url}/"))
        with pytest.raises(httpcore.ConnectTimeout, match="no time left"):
            backend.connect_tcp("127.0.0.1", server.port, timeout=5.0)
        assert server.callers == []
