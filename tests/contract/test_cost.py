from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from django_universal_ai.contract import Cost, format_cost, parse_cost

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=10)


class Priced(BaseModel):
    cost: Cost


@pytest.mark.parametrize(
    ("value", "cost"),
    [
        ("0.000", "0.000"),
        ("12.5", "12.5"),
        ("1e-05", "0.00001"),
        ("-0.25", "-0.25"),
        (0.1, "0.1"),
        (0.30000000000000004, "0.30000000000000004"),
        (1e-05, "0.00001"),
        (1e20, "100000000000000000000"),
        (3, "3"),
        (Decimal("0.0030"), "0.0030"),
    ],
)
def test_reads_every_spelling_exactly(value: Any, cost: str) -> None:
    assert parse_cost(value) == Decimal(cost)


@pytest.mark.parametrize("most", ["9" * 50, "0." + "0" * 49 + "1"])
def test_fifty_digits_are_read_and_one_more_is_not(most: str) -> None:
    assert parse_cost(most) == Decimal(most)
    for more in (most.replace("9", "99", 1), most.replace("0.", "0.0", 1)):
        if more != most:
            with pytest.raises(ValueError, match="more than 50 digits"):
                parse_cost(more)


@pytest.mark.parametrize("number", ["0.1", "0.0125", "1e-05", "7", "123456789.123456"])
def test_json_numbers_never_become_binary_fractions(number: str) -> None:
    assert Priced.model_validate_json(f'{{"cost": {number}}}').cost == Decimal(number)
    assert Priced.model_validate(json.loads(f'{{"cost": {number}}}')).cost == Decimal(number)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "free",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        True,
        None,
        [],
        {"amount": 1},
        "1e999999",
        "1e-999999",
        "0e999999",
        10**400,
    ],
)
def test_refuses_what_is_no_amount(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^(is not|has more)"):
        parse_cost(value)
    with pytest.raises(ValidationError):
        Priced(cost=value)


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        ("0", "0.000"),
        ("12.5", "12.500"),
        ("12.500000000000", "12.500"),
        ("12.345600000000", "12.3456"),
        ("0.0125", "0.0125"),
        ("1E-7", "0.0000001"),
        ("1E+2", "100.000"),
        ("-3", "-3.000"),
    ],
)
def test_writes_three_decimals_and_no_exponent(cost: str, text: str) -> None:
    assert format_cost(Decimal(cost)) == text


@given(amounts)
def test_what_is_written_is_read_again(cost: Decimal) -> None:
    assert parse_cost(format_cost(cost)) == cost


@given(amounts)
def test_what_is_written_fits_the_documented_pattern(cost: Decimal) -> None:
    pattern = Priced.model_json_schema()["properties"]["cost"]["pattern"]
    assert re.search(pattern, format_cost(cost))


def test_json_holds_a_string_and_python_a_decimal() -> None:
    priced = Priced(cost=Decimal("1e-3"))
    assert priced.model_dump_json() == '{"cost":"0.001"}'
    assert priced.model_dump() == {"cost": Decimal("0.001")}
