from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract import retry_after

NOW = datetime(2025, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("-5", 0.0),
        ("86400", 3600.0),
        ("inf", 3600.0),
        ("Wed, 01 Jan 2025 12:00:30 GMT", 30.0),
        ("Wednesday, 01-Jan-25 12:00:30 GMT", 30.0),
        ("Wed, 01 Jan 2025 12:00:30", 30.0),
        ("Wed, 01 Jan 2025 13:00:30 +0100", 30.0),
        ("Wed, 01 Jan 2025 11:59:00 GMT", 0.0),
        ("Fri, 31 Dec 2077 00:00:00 GMT", 3600.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Jan 2025 12:00:30 GMT", None),
    ],
)
def test_reads_the_header(header: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": header}, b"", NOW) == seconds
    assert retry_after({"retry-after": header}, b"", NOW) == seconds


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"retry_after": 1.5}', 1.5),
        (b'{"retry_after": "3"}', 3.0),
        (b'{"retry_after": -1}', 0.0),
        (b'{"retry_after": true}', None),
        (b'{"retry_after": null}', None),
        (b'{"retry_after": [1]}', None),
        (b"[1.5]", None),
        (b"<html>", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b"", None),
    ],
)
def test_reads_the_body(body: bytes, seconds: float | None) -> None:
    assert retry_after({}, body, NOW) == seconds


def test_header_goes_before_the_body() -> None:
    assert retry_after({"Retry-After": "2"}, b'{"retry_after": 9}', NOW) == 2.0
    assert retry_after({"Retry-After": "soon"}, b'{"retry_after": 9}', NOW) == 9.0


@given(st.text(), st.binary())
def test_no_header_and_no_body_is_too_odd(header: str, body: bytes) -> None:
    seconds = retry_after({"Retry-After": header}, body, NOW)
    assert seconds is None or 0 <= seconds <= 3600
