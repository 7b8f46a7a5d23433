"""What would otherwise be found out at the first upload."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from .budgets import monthly_budget


@register
def check_budget(**kwargs: Any) -> list[CheckMessage]:
    """``MONTHLY_BUDGET`` must be an amount of credits."""
    try:
        wrong = "is negative" if monthly_budget() < 0 else ""
    except ValueError as error:
        wrong = str(error)
    if not wrong:
        return []
    hint = "Set it to the credits that each account may spend a month, for example 10 or 0.5."
    return [Error(f"MONTHLY_BUDGET {wrong}.", hint=hint, id="accounts.E001")]
