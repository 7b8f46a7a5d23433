from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract.strict_json import MAX_INDENTATION, read_json

MEBIBYTE = 1024**2


def test_reads_what_python_reads() -> None:
    text = (
        '{"a": [1, -2.5, 1e16, true, null, "é\\u00e9\\n[{"], "a ": {}, "big": 18446744073709551616}'
    )
    assert read_json(text.encode()) == json.loads(text)


def test_of_doubled_keys_the_last_counts() -> None:
    assert read_json(b'{"a": 1, "a": 2}') == {"a": 2}


def test_depth_two_hundred_is_the_limit() -> None:
    assert read_json(b"[" * 200 + b"]" * 200)
    with pytest.raises(ValueError, match="deeper than 200"):
        read_json(b"[" * 201 + b"]" * 201)


def test_brackets_in_strings_are_no_depth() -> None:
    text = '["' + "[" * 500 + '\\"{' + '"]'
    assert read_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xff", "UTF-8"),
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[NaN]", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e999]", "beyond the range"),
        (b"[-1e999]", "beyond the range"),
        (b"9" * 1001, "longer than 1000"),
        (b"[0." + b"1" * 1001 + b"]", "longer than 1000"),
        (b'{"a":' + b"1" * 1001 + b"}", "longer than 1000"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'"\x00"', "control character"),
    ],
)
def test_what_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_json(raw)


def test_what_would_be_laid_out_over_gigabytes_is_refused() -> None:
    deep = b"[" * 200 + b"0,0," * (MAX_INDENTATION // 400) + b"0" + b"]" * 200
    with pytest.raises(ValueError, match="deep levels"):
        read_json(deep)


@pytest.mark.parametrize(
    "unit", [b'\\"', b'"', b"[", b"{", b"1e", b"\\", b'"\\', b"[]", b"-1-", b'{"":', b" "]
)
def test_the_time_is_in_proportion_to_the_length(unit: bytes) -> None:
    began = time.perf_counter()
    for start in (b"", b'"', b"[", b'["'):
        with suppress(ValueError):
            read_json(start + unit * (MEBIBYTE // len(unit)))
    assert time.perf_counter() - began < 20  # a tenth of a second each; squares would take hours


def test_under_a_deep_stack_there_is_less_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*args: Any, **kwargs: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(json, "loads", no_room)
    with pytest.raises(ValueError, match="nested deeper"):
        read_json(b"[[]]")


@given(st.binary())
def test_nothing_but_value_error(raw: bytes) -> None:
    with suppress(ValueError):
        read_json(raw)
