"""What the gateway keeps beside the jobs."""

from __future__ import annotations

from .answer import Answer
from .api_job import ApiJob, Counted
from .daily_usage import DailyUsage
from .deleted_job import DeletedJob
from .idempotency_key import IdempotencyKey
from .signing_key import SigningKey
from .tally import Tally
from .token import Token
from .token_meter import TokenMeter
from .webhook_delivery import DeliveryKind, DeliveryState, WebhookDelivery

__all__ = [
    "Answer",
    "ApiJob",
    "Counted",
    "DailyUsage",
    "DeletedJob",
    "DeliveryKind",
    "DeliveryState",
    "IdempotencyKey",
    "SigningKey",
    "Tally",
    "Token",
    "TokenMeter",
    "WebhookDelivery",
]
