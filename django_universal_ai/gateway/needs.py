"""What the gateway still needs a job's row for."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..jobs import needs
from .idempotency import KEPT
from .models import ApiJob, Counted, DeliveryState, IdempotencyKey, WebhookDelivery


def register() -> None:
    """Let no job be erased that is needed here."""
    needs.register(
        needs.Need(
            "not_counted",
            "not counted in its token's usage yet",
            "Let a worker run (or universal_ai usage), then try again.",
            _not_counted,
        ),
        needs.Need(
            "webhook",
            "its webhook to the client is on the way",
            "Let a worker run until it is delivered or given up, then try again.",
            _webhook_due,
        ),
        needs.Need(
            "idempotency_key",
            "its Idempotency-Key is younger than a day",
            "Wait a day: without it, a request that is repeated would be paid twice.",
            _key_is_kept,
        ),
    )


def _not_counted() -> Q:
    entries = ApiJob.objects.filter(pk=OuterRef("pk")).exclude(counted=Counted.DONE)
    return Q(Exists(entries))


def _webhook_due() -> Q:
    deliveries = WebhookDelivery.objects.filter(job=OuterRef("pk"), state=DeliveryState.DUE)
    return Q(Exists(deliveries))


def _key_is_kept() -> Q:
    keys = IdempotencyKey.objects.filter(job=OuterRef("pk"), created_at__gt=timezone.now() - KEPT)
    return Q(Exists(keys))
