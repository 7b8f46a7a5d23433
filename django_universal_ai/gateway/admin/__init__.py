"""The gateway in the admin."""

from __future__ import annotations

from .daily_usage import DailyUsageAdmin
from .signing_keys import SigningKeyAdmin
from .tokens import TokenAdmin
from .webhook_deliveries import WebhookDeliveryAdmin

__all__ = ["DailyUsageAdmin", "SigningKeyAdmin", "TokenAdmin", "WebhookDeliveryAdmin"]
