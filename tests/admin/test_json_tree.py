"""JSON on a page."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.admin.json_tree import MOST_CHILDREN, MOST_LEVELS, printable, tree

ATTACK = "</script><img src=x onerror=alert(1)>"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def tags(html: str) -> set[str]:
    return set(re.findall(r"<\s*/?\s*([\w!]+)", html))


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


@given(JSON)
def test_whatever_it_holds_nothing_of_it_is_markup(value: Any) -> None:
    html = tree({ATTACK: value, "list": [ATTACK, value]})
    assert tags(html) <= {"ul", "li", "details", "summary", "span"}
    html.encode()


@pytest.mark.parametrize("value", [ATTACK, [ATTACK], {ATTACK: {ATTACK: [ATTACK]}}])
def test_keys_and_values_are_text(value: Any) -> None:
    assert "<img" not in tree(value)
    assert ATTACK in words(tree(value))


def test_a_file_as_base64_is_told_by_its_length() -> None:
    html = words(tree({"image": "iVBORw0K" * 500, "text": "word " * 500}))
    assert "iVBORw0KiVBORw0KiVBO… (4000 characters)" in html
    assert html.count("iVBORw0K") == 2
    assert html.count("word") == 500


def test_leaves_are_written_as_json() -> None:
    html = words(tree({"a": None, "b": True, "c": 1e-05, "d": 'say "hi"\n', "e": [], "f": {}}))
    assert html == '{6 keys}a: nullb: truec: 1e-05d: "say \\"hi\\"\\n"e: []f: {}'


def test_a_few_numbers_stand_in_one_line() -> None:
    box = {"left": 0.1, "top": 0.2}
    assert json.dumps(box) in words(tree({"box": box, "text": "x"}))
    assert "[1, 2]" in words(tree([[1, 2], "x"]))
    assert "1: 2" in words(tree([["1", 2]]))


def test_long_lists_are_cut_and_say_so() -> None:
    html = words(tree(["x"] * (MOST_CHILDREN + 9)))
    assert f"{MOST_CHILDREN - 1}: " in html
    assert f"{MOST_CHILDREN}: " not in html
    assert "… and 9 more" in html


def test_the_depths_stand_in_one_line() -> None:
    value: Any = "bottom"
    for _ in range(MOST_LEVELS + 5):
        value = [value]
    assert tree(value).count("<details") == MOST_LEVELS
    assert '[[[[["bottom"]]]]]' in words(tree(value))


def test_short_levels_are_open_and_long_ones_are_not() -> None:
    assert tree({"a": {"b": ["x"]}}).count("<details open>") == 3
    assert tree({"a": ["x"] * 50}).count("<details open>") == 1


def test_keys_and_signed_addresses_are_hidden() -> None:
    value = {
        "api_key": "k1",
        "file": "https://bucket.example/a.wav?X-Amz-Signature=s1",
        "password": "",
        "tokens": 12,
        "note": "Bearer abc.def.ghi",
    }
    html = words(tree(value, hides_named_secrets=True))
    assert 'api_key: "[redacted]"' in html
    assert "s1" not in html
    assert "abc.def.ghi" not in html
    assert 'password: ""' in html
    assert "tokens: 12" in html
    # In an answer "token" may be a word of the text.
    assert 'token: "hello"' in words(tree({"token": "hello"}))


def test_halves_of_surrogate_pairs_can_be_sent() -> None:
    assert printable("a\ud800b") == "a\\ud800b"
    tree({"\ud800": "\udfff"}).encode()
