from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract import ErrorDetail, describe_error

MISSING = {"loc": ["body", "input", "file"], "msg": "Field required", "type": "missing"}


def describe(data: Any, status: int = 400) -> str:
    return describe_error(status, "application/json", json.dumps(data).encode())


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"detail": [MISSING]}, "body.input.file: Field required"),
        (
            {"detail": [MISSING, {"loc": ["body", "pages", 0], "msg": "Too big", "type": "x"}]},
            "body.input.file: Field required; body.pages.0: Too big",
        ),
        ({"detail": [{"loc": [], "msg": "Bad"}, "or worse", {"message": "no"}, 5]}, None),
        (
            {"detail": "No such model", "error_code": "INVALID_MODEL"},
            "No such model (INVALID_MODEL)",
        ),
        ({"error": {"message": "Out of credits", "code": 17}}, "Out of credits (17)"),
        ({"error": "boom"}, "boom"),
        ({"message": "Slow down"}, "Slow down"),
        ({"detail": {"msg": "nested", "code": ["odd"]}}, "nested"),
        ({"reason": "who knows", "detail": ""}, '{"reason": "who knows", "detail": ""}'),
        ({"reason": "größer"}, '{"reason": "größer"}'),
        ("just a string", "just a string"),
    ],
)
def test_reads_the_forms_of_json(data: Any, line: str | None) -> None:
    assert describe(data) == (line or "Bad; or worse; no")


@pytest.mark.parametrize("body", [b"", b"   ", b"\x00\x07", b"{}", b"[]", b'""', b"null"])
def test_a_response_without_words_is_told_by_its_status(body: bytes) -> None:
    line = describe_error(502, "application/json", body)
    assert line == "502 Bad Gateway, without a word of explanation"


def test_an_unknown_status_is_told_as_a_number() -> None:
    assert describe_error(599, "", b"") == "status 599, without a word of explanation"


def test_pages_are_known_without_their_type() -> None:
    xml = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
    assert describe_error(403, "", xml) == "AccessDenied"


@pytest.mark.parametrize(
    ("kind", "line"),
    [("text/plain", "5 &lt; 6 &amp; out"), ("Text/HTML; charset=x", "5 < 6 & out")],
)
def test_only_a_page_is_read_as_one(kind: str, line: str) -> None:
    assert describe_error(502, kind, b"5 &lt; 6 &amp; out") == line


def test_a_line_that_just_fits_is_not_cut() -> None:
    assert describe_error(502, "text/plain", b"y " * 5, limit=9) == "y y y y y"
    assert describe_error(502, "text/plain", b"y " * 5, limit=8) == "y y y y\N{HORIZONTAL ELLIPSIS}"


def test_plain_text_is_one_line() -> None:
    assert (
        describe_error(500, "text/plain", b"a\r\n\tb \x1b[31mred\x00 \xff") == "a b [31mred \ufffd"
    )


def test_invisible_characters_are_removed() -> None:
    assert describe({"detail": "a\u202eb\u2028c\u200bd"}) == "a b c d"


def test_json_that_was_cut_is_plain_text() -> None:
    assert describe_error(500, "application/json", b'{"detail": "no') == '{"detail": "no'


def test_json_that_is_too_deep_is_plain_text() -> None:
    body = b"[" * 100_000
    assert describe_error(500, "application/json", body).startswith("[[[")


def test_secrets_are_redacted() -> None:
    line = describe({"detail": "can't fetch https://s3.test/a?X-Signature=1 with Bearer abcdefgh"})
    assert line == "can't fetch https://s3.test/a?[redacted] with Bearer [redacted]"
    assert "hunter" not in describe({"why": "no", "password": "hunter"})
    assert describe_error(401, "", b"no key mine", secrets=["mine"]) == "no key [redacted]"


def test_a_long_story_is_cut() -> None:
    line = describe({"detail": "word " * 10_000})
    assert len(line) == 500
    assert line.endswith("…")
    assert len(describe_error(400, "", b"x" * 40, limit=20)) == 20


@pytest.mark.parametrize("piece", ["<p ", "<!--", "<![", "&#", "[", '{"a":', " ", "x"])
def test_a_hostile_body_takes_no_time(piece: str) -> None:
    start = time.perf_counter()
    describe_error(500, "text/html", piece.encode() * (2_000_000 // len(piece)))
    assert time.perf_counter() - start < 5


@given(st.integers(100, 599), st.text(), st.binary())
def test_any_body_gives_one_printable_line(status: int, content_type: str, body: bytes) -> None:
    line = describe_error(status, content_type, body)
    assert line
    assert line.isprintable()
    assert len(line) <= 500


def test_detail_is_its_place_and_its_message() -> None:
    assert str(ErrorDetail.model_validate(MISSING)) == "body.input.file: Field required"
    assert str(ErrorDetail(msg="Bad")) == "Bad"
