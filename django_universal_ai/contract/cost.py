"""Money on the wire: a decimal string, at times a JSON number, never a float to reckon with."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_DECIMALS = 3

#: Nothing costs more digits than this, before or after the point. ``1e999999`` is short on the
#: wire and fills the memory when it is written out.
_MOST_DIGITS = 50


def parse_cost(value: Any) -> Decimal:
    """Read a cost from a string, an integer, a JSON number or a :class:`~decimal.Decimal`.

    A float is read by its shortest decimal form: the JSON number 0.1 is exactly
    ``Decimal("0.1")``. Raises :class:`ValueError` for anything else, NaN and infinity included.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("is not a decimal number")
    try:
        cost = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise ValueError("is not a decimal number") from None
    exponent = cost.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("is not a finite number")
    if exponent < -_MOST_DIGITS or cost.adjusted() >= _MOST_DIGITS:
        raise ValueError(f"has more than {_MOST_DIGITS} digits before or after the point")
    return cost


def format_cost(cost: Decimal) -> str:
    """Write a cost as the service does: no exponent, at least three decimals (``"0.000"``).

    Zeros behind the last digit that counts are left out: a database pads its decimals with them.
    """
    whole, _, fraction = f"{cost:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(_DECIMALS, '0')}"


def _validate(value: Any) -> Decimal:
    try:
        return parse_cost(value)
    except ValueError as error:
        raise PydanticCustomError("cost", "{reason}", {"reason": str(error)}) from None


Cost = Annotated[
    Decimal,
    BeforeValidator(_validate),
    PlainSerializer(format_cost, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"}),
]
"""A field that holds money: ``Decimal`` in Python, a decimal string in JSON."""
