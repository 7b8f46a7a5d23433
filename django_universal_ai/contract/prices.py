"""What work costs: prices by unit, and what they make of what a run used."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from ..exceptions import InvalidInput
from .cost import parse_cost
from .model_id import ModelId

#: Digits that a price may have before the point, and behind it.
WHOLE_DIGITS, DECIMALS = 12, 12

#: What a provider may say that a run used: so many of each.
QUANTITIES = ("page", "second", "character", "token")

#: What a price may be for: so many of which quantity. A request is what it is.
UNITS: Mapping[str, tuple[str | None, int]] = MappingProxyType(
    {
        "request": (None, 1),
        "page": ("page", 1),
        "second": ("second", 1),
        "minute": ("second", 60),
        "hour": ("second", 3600),
        "character": ("character", 1),
        "1000_characters": ("character", 1000),
        "token": ("token", 1),
        "1000_tokens": ("token", 1000),
    }
)

#: No price: credits that a budget sets aside for a job until its cost is known.
RESERVE = "reserve"

#: The prices of one kind of work, by unit.
Prices = Mapping[str, Decimal]


def parse_prices(given: Any) -> dict[str, Prices]:
    """Read a price table: ``{"ocr/ocr_async/rapidocr": {"page": "0.0015"}}``.

    A key is ``feature/subfeature/provider[/model]``, or a provider alone. Raises
    :class:`ValueError` that names the key and the unit.
    """
    if not isinstance(given, Mapping):
        raise ValueError("must be a dictionary of prices by model string")
    return {check_name(name): _parse_entry(name, entry) for name, entry in given.items()}


def _parse_entry(name: str, entry: Any) -> Prices:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{name!r} must be a dictionary of prices by unit, such as 'page'")
    return {check_unit(name, unit): _parse_price(name, unit, entry[unit]) for unit in entry}


def check_name(name: Any) -> str:
    """A key of the price table, as it was given. Raises :class:`ValueError`."""
    form = "write a provider, or feature/subfeature/provider[/model]"
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{name!r} is no model string: {form}")
    try:
        ModelId.parse(name if "/" in name else f"any/any/{name}")
    except InvalidInput as error:
        raise ValueError(f"{error.message}; {form}") from error
    return name


def check_unit(name: str, unit: Any) -> str:
    """A unit of the price table, as it was given. Raises :class:`ValueError`."""
    known = (*UNITS, RESERVE)
    if unit in known:
        return str(unit)
    near = get_close_matches(str(unit), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}."
    raise ValueError(f"{name!r} has an unknown unit {unit!r}: {hint}")


def _parse_price(name: str, unit: str, value: Any) -> Decimal:
    try:
        price = parse_cost(value)
        check_price(price)
    except ValueError as error:
        raise ValueError(f"the price of {name!r} per {unit!r} {error}") from error
    return price


def check_price(price: Decimal) -> None:
    """Raises :class:`ValueError` for what nothing can cost."""
    if price < 0:
        raise ValueError(f"is negative: {price}")
    if price and price.adjusted() >= WHOLE_DIGITS:
        raise ValueError(f"has more than {WHOLE_DIGITS} digits before the point")
    if price != round(price, DECIMALS):
        raise ValueError(f"has more than {DECIMALS} digits behind the point")


def keys_of(model: ModelId) -> list[str]:
    """The keys under which a price of this model may stand, the one that counts first."""
    with_model = [str(model)] if model.model else []
    return [*with_model, f"{model.name}/{model.provider}", model.provider]


def missing_quantities(prices: Prices, usage: Mapping[str, Decimal]) -> list[str]:
    """What there are prices for and the run doesn't tell of."""
    wanted = {UNITS[unit][0] for unit in prices if unit in UNITS}
    return sorted(quantity for quantity in wanted if quantity and quantity not in usage)


def cost_of(prices: Prices, usage: Mapping[str, Decimal]) -> Decimal:
    """What a run costs that used so much: the sum over all units."""
    total = Decimal(0)
    for unit, price in prices.items():
        if unit in UNITS:
            quantity, size = UNITS[unit]
            used = Decimal(1) if quantity is None else usage.get(quantity, Decimal(0))
            total += price * used / size
    return total


def check_usage(usage: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a provider says that a run used. Raises :class:`ValueError`."""
    checked: dict[str, Decimal] = {}
    for quantity, value in usage.items():
        if quantity not in QUANTITIES:
            known = ", ".join(QUANTITIES)
            raise ValueError(f"usage has an unknown quantity {quantity!r}; known: {known}.")
        try:
            checked[quantity] = parse_cost(value)
        except ValueError as error:
            raise ValueError(f"usage[{quantity!r}] {error}.") from error
        if checked[quantity] < 0:
            raise ValueError(f"usage[{quantity!r}] is negative: {value}.")
    return checked
