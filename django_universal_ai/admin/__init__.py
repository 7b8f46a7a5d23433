"""The operations desk: jobs, their events, files and webhooks, and the accounts."""

from __future__ import annotations

from .accounts import AccountAdmin
from .events import JobEventAdmin
from .files import UniversalAIFileAdmin
from .jobs import UniversalAIJobAdmin
from .prices import PriceAdmin
from .webhooks import WebhookReceiptAdmin

__all__ = [
    "AccountAdmin",
    "JobEventAdmin",
    "PriceAdmin",
    "UniversalAIFileAdmin",
    "UniversalAIJobAdmin",
    "WebhookReceiptAdmin",
]
