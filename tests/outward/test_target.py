"""What a URL tells by itself."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from django_universal_ai.exceptions import AddressRefused
from django_universal_ai.outward.target import Target, parse


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.example", Target("https", "a.example", 443, "/")),
        ("HTTPS://A.Example:443/X?y=%20#z", Target("https", "a.example", 443, "/X?y=%20")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://1.1.1.1?x", Target("https", "1.1.1.1", 443, "/?x")),
        (
            "https://[2606:4700:0::1111]/",
            Target("https", "2606:4700::1111", 443, "/"),
        ),
    ],
)
def test_urls_that_may_be_called(url: str, target: Target) -> None:
    assert parse(url) == target


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "characters"),
        ("a.example/hook", "absolute https"),
        ("//a.example/hook", "absolute https"),
        ("ftp://a.example/", "absolute https"),
        ("https:a.example", "absolute https"),
        ("https://", "absolute https"),
        ("https://[::1/", "absolute URL"),
        ("https://a.example:port/", "absolute URL"),
        ("https://a.example:99999/", "absolute URL"),
        ("http://a.example/", "https URLs only"),
        ("https://a.example:8443/", "port 8443, only 443"),
        ("https://a.example:0/", "port 0"),
        ("https://ann:secret@a.example/", "no user name"),
        ("https://@a.example/", "no user name"),
        ("https://a.example\\@b.example/", "encoded"),
        ("https://a.example/ b", "encoded"),
        ("https://a.example/\n", "encoded"),
        ("https://bücher.example/", "punycode"),
        ("https://a..example/", "letters, digits"),
        ("https://a.example./", "letters, digits"),
        ("https://-a.example/", "letters, digits"),
        ("https://a%2eexample/", "letters, digits"),
        (f"https://{'a' * 64}.example/", "letters, digits"),
        ("https://[1.1.1.1]/", "brackets|absolute URL"),
        ("https://[v1.a]/", "brackets"),
        ("https://localhost/", "itself"),
        ("https://x.localhost/", "itself"),
        (f"https://a.example/{'x' * 3000}", "longer than"),
    ],
)
def test_urls_that_are_refused(url: str, words: str) -> None:
    with pytest.raises(AddressRefused, match=words) as caught:
        parse(url)
    assert "secret" not in str(caught.value)


def test_http_can_be_allowed(settings: Settings) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"ALLOW_HTTP": True}
    assert parse("http://a.example/").origin == "http://a.example"
    with pytest.raises(AddressRefused, match="only 443, 80"):
        parse("http://a.example:8080/")


def test_who_is_trusted_may_have_any_port_and_address(settings: Settings) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["Hooks.Internal", "127.0.0.0/8", "fd00::/8"]}
    assert parse("http://hooks.internal:9000/x").origin == "http://hooks.internal:9000"
    assert parse("http://127.0.0.1:8000/").is_trusted
    assert parse("https://[fd00::1]:8443/").origin == "https://[fd00::1]:8443"
    with pytest.raises(AddressRefused):
        parse("http://other.internal/")
    # A name isn't trusted for what it resolves to at the moment: that's judged when it's called.
    assert not parse("https://a.example/").is_trusted
