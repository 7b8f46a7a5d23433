"""Server-side request forgery: whatever a client names, nothing reaches this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from django_universal_ai.exceptions import AddressRefused, Unreachable
from django_universal_ai.outward.calling import calling
from django_universal_ai.outward.resolving import resolve
from django_universal_ai.outward.target import Target
from tests.loopback import Loopback, answering, loopback

from .conftest import Names

#: Hosts as they stand in a URL. All of them are, for somebody, this machine or our network.
HOSTS = [
    # The plain ones.
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - nobody listens there
    "localhost",
    "LOCALHOST",
    "x.localhost",
    "localhost.",
    "127.0.0.1.",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    # IPv4 as only some read it.
    "2130706433",
    "0x7f000001",
    "0X7F.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.1",
    "127.0.1",
    "0",
    "0x7f.0x0.0x0.0x1",
    "4294967297",
    "127.0.0.1%00.example.com",
    "127%2e0%2e0%2e1",
    # Digits, dots and letters that are others'.
    "１２７.0.0.1",  # noqa: RUF001 - that is the point
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127｡0｡0｡1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "١٢٧.0.0.1",
    # IPv6, and IPv4 in it.
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[::1%25lo]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[100::1]",
    "[2606:4700::5efe:7f00:1]",
    # The host is another one than it seems.
    "good.example@127.0.0.1",
    "good.example:80@127.0.0.1",
    "127.0.0.1#@good.example",
    "127.0.0.1\\@good.example",
    "127.0.0.1 good.example",
    "good.example\r\nHost: 127.0.0.1",
    "[::1].good.example",
    "127.0.0.1\t",
]
#: What a name that looks good may resolve to; the last is one good address beside a bad one.
ANSWERS = [
    ["127.0.0.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["fe80::1%lo"],
    ["169.254.169.254"],
    ["0.0.0.0"],  # noqa: S104 - nobody listens there
    ["127.0.0.1", "8.8.8.8"],
    ["8.8.8.8", "127.0.0.1"],
    ["2606:4700::1111", "::1"],
]


@pytest.fixture
def listeners(settings: Settings) -> Iterator[list[Loopback]]:
    """This machine's own services, on ports that may be called; only the address forbids it."""
    with loopback() as four, loopback(host="::1") as six:
        settings.UNIVERSAL_AI_OUTWARD = {"ALLOW_HTTP": True, "PORTS": [443, four.port, six.port]}
        yield [four, six]


def call(url: str) -> None:
    with calling("GET", url, headers={}, seconds=2.0, silence=2.0):
        raise AssertionError("it was called")


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTS)) == len(HOSTS) >= 60


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
def test_no_host_leads_here(listeners: list[Loopback], scheme: str, host: str) -> None:
    for listener in listeners:
        with pytest.raises(AddressRefused):
            call(f"{scheme}://{host}:{listener.port}/")
        assert listener.callers == []


@pytest.mark.parametrize("host", [host for host in HOSTS if host.isascii() and "@" not in host])
def test_the_look_up_refuses_what_the_url_let_through(listeners: list[Loopback], host: str) -> None:
    """The second wall, for itself: whatever the system's resolver makes of a host is judged."""
    target = Target("http", host.strip("[]"), listeners[0].port, "/")
    with pytest.raises((AddressRefused, Unreachable)):
        resolve(target, seconds=5.0)


@pytest.mark.parametrize("answer", ANSWERS, ids=" ".join)
def test_no_name_leads_here(listeners: list[Loopback], names: Names, answer: list[str]) -> None:
    names("good.example", answer)
    for listener in listeners:
        with pytest.raises(AddressRefused, match=r"good\.example") as caught:
            call(f"http://good.example:{listener.port}/")
        assert listener.callers == []
        assert not any(address in str(caught.value) for address in answer)


def test_a_name_that_changes_its_mind_is_asked_once(
    listeners: list[Loopback], names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: good when it is judged, bad when it is called."""
    asked = names("good.example", ["8.8.8.8"], ["127.0.0.1"])
    connected: list[object] = []

    def create_connection(address: object, *args: object, **more: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(Unreachable):
        call(f"http://good.example:{listeners[0].port}/")
    assert (asked, connected) == (["good.example"], [("8.8.8.8", listeners[0].port)])
    # The next call judges anew.
    with pytest.raises(AddressRefused):
        call(f"http://good.example:{listeners[0].port}/")
    assert len(connected) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_lead_nowhere(settings: Settings, status: int) -> None:
    with loopback() as inner:
        with loopback(answering(status, Location=f"{inner.url}/secret")) as outer:
            settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"]}
            with calling("GET", outer.url, headers={}, seconds=5.0, silence=5.0) as answer:
                assert answer.status == status
        assert inner.callers == []


def test_no_proxy_of_the_environment_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"]}
    with loopback() as proxy, loopback() as target:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with calling("GET", target.url, headers={}, seconds=5.0, silence=5.0) as answer:
            assert answer.status == 200
        assert (len(target.heard), proxy.callers) == (1, [])
