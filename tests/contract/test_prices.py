from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from django_universal_ai.contract import ModelId
from django_universal_ai.contract.prices import (
    QUANTITIES,
    UNITS,
    check_usage,
    cost_of,
    keys_of,
    missing_quantities,
    parse_prices,
)

OCR = "ocr/ocr_async/rapidocr"


def test_prices_are_read_exactly() -> None:
    table = parse_prices({OCR: {"page": "0.0015", "request": 0.1}, "pocketsphinx": {"minute": 1}})
    assert table == {
        OCR: {"page": Decimal("0.0015"), "request": Decimal("0.1")},
        "pocketsphinx": {"minute": Decimal(1)},
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "must be a dictionary of prices by model string"),
        ({5: {}}, "5 is no model string: write a provider, or feature/subfeature/provider[/model]"),
        ({"": {}}, "'' is no model string"),
        ({"ocr/ocr_async": {}}, "too short"),
        ({"ocr/ocr_async": {}}, "; write a provider, or feature/subfeature/provider[/model]"),
        ({"a//b": {}}, "empty part"),
        ({OCR: "0.1"}, f"'{OCR}' must be a dictionary of prices by unit"),
        ({OCR: {"pages": 1}}, f"'{OCR}' has an unknown unit 'pages': did you mean 'page'?"),
        ({OCR: {"fortnight": 1}}, "unknown unit 'fortnight': known: request, page"),
        ({OCR: {"page": -1}}, f"the price of '{OCR}' per 'page' is negative: -1"),
        ({OCR: {"page": "1e12"}}, "more than 12 digits before the point"),
        ({OCR: {"page": "1e-13"}}, "more than 12 digits behind the point"),
        ({OCR: {"page": "1e999999"}}, "more than 50 digits"),
        ({OCR: {"page": "NaN"}}, "is not a finite number"),
        ({OCR: {"page": "free"}}, "is not a decimal number"),
        ({OCR: {"page": None}}, "is not a decimal number"),
        ({OCR: {"page": True}}, "is not a decimal number"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_prices(given)


def test_the_most_exact_key_counts_first() -> None:
    assert keys_of(ModelId.parse("a/b/c/d/e")) == ["a/b/c/d/e", "a/b/c", "c"]
    assert keys_of(ModelId.parse("a/b/c")) == ["a/b/c", "c"]


@pytest.mark.parametrize(
    ("unit", "usage", "cost"),
    [
        ("request", {}, "2"),
        ("page", {"page": 3}, "6"),
        ("second", {"second": "90.5"}, "181"),
        ("minute", {"second": 90}, "3"),
        ("hour", {"second": 5400}, "3"),
        ("character", {"character": 4}, "8"),
        ("1000_characters", {"character": 1500}, "3"),
        ("token", {"token": 4}, "8"),
        ("1000_tokens", {"token": 1500}, "3"),
        ("page", {}, "0"),
        ("reserve", {"page": 3}, "0"),
    ],
)
def test_what_a_run_costs(unit: str, usage: dict[str, Any], cost: str) -> None:
    assert cost_of({unit: Decimal(2)}, check_usage(usage)) == Decimal(cost)


def test_prices_add_up() -> None:
    prices = {"request": Decimal("0.01"), "page": Decimal("0.1")}
    assert cost_of(prices, {"page": Decimal(3)}) == Decimal("0.31")


def test_what_is_free_and_what_was_not_used_can_be_told() -> None:
    assert parse_prices({OCR: {"page": 0}}) == {OCR: {"page": Decimal(0)}}
    used = {"page": 0, "second": "0.5"}
    assert check_usage(used) == {"page": Decimal(0), "second": Decimal("0.5")}


def test_each_quantity_can_be_priced() -> None:
    assert {quantity for quantity, _size in UNITS.values()} == {None, *QUANTITIES}


def test_what_a_provider_does_not_tell_is_named() -> None:
    prices = dict.fromkeys(["request", "page", "minute", "reserve"], Decimal(1))
    assert missing_quantities(prices, {"page": Decimal(1)}) == ["second"]


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ({"pages": 1}, f"unknown quantity 'pages'; known: {', '.join(QUANTITIES)}."),
        ({"page": -1}, "is negative: -1"),
        ({"page": float("nan")}, "not a finite number"),
        ({"page": "many"}, "not a decimal number"),
    ],
)
def test_a_usage_that_cannot_be_is_refused(usage: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_usage(usage)
