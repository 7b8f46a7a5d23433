from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract import json_problem

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("key"), inner),
)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@given(json_values)
def test_what_json_has_is_no_problem(value: Any) -> None:
    assert json_problem(value) is None
    assert json.loads(json.dumps(value, allow_nan=False)) == value


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": [1, {"b": float("nan")}]}, "a.1.b is nan, for which JSON has no number"),
        ([float("-inf")], "0 is -inf, for which JSON has no number"),
        ({"a": "x\0y"}, "a holds a NUL character"),
        ({"a": "\ud800"}, "a holds half of a surrogate pair"),
        ({"a": {"\0": 1}}, r"a has the key '\x00', which holds a NUL character"),
        ({1: "x"}, "has the key 1, which is not a string"),
        ({"when": date(2025, 1, 1)}, "when is of type date, which JSON doesn't have"),
        ({"cost": Decimal(1)}, "cost is of type Decimal, which JSON doesn't have"),
        (b"bytes", "is of type bytes, which JSON doesn't have"),
    ],
)
def test_says_where_and_why(value: Any, problem: str) -> None:
    assert json_problem(value) == problem


def test_depth_has_a_limit() -> None:
    assert json_problem(nested(200)) is None
    assert str(json_problem(nested(201))).endswith("is nested deeper than 200 levels")


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.extend([circle, circle])
    assert "nested deeper" in str(json_problem(circle))


def test_tuples_are_lists() -> None:
    assert json_problem({"a": (1, ("b",))}) is None
