"""What a model costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be asked for, and its price."""

    model: str
    """The whole model string."""
    price: Decimal
    """In US dollars, for ``quantity`` units; 0 where it is free."""
    quantity: int = 1
    unit: str = "request"
    """What is counted, in the singular: ``page``, ``char``, ``second``."""
