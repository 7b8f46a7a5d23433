"""What the gateway keeps beside the jobs."""

from __future__ import annotations

from .deleted_job import DeletedJob
from .signing_key import SigningKey
from .token import Token
from .webhook_delivery import DeliveryKind, DeliveryState, WebhookDelivery

__all__ = [
    "DeletedJob",
    "DeliveryKind",
    "DeliveryState",
    "SigningKey",
    "Token",
    "WebhookDelivery",
]
