"""The gateway in the admin."""

from __future__ import annotations

from .daily_usage import DailyUsageAdmin
from .tokens import TokenAdmin

__all__ = ["DailyUsageAdmin", "TokenAdmin"]
