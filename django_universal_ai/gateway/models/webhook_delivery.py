"""Outgoing webhooks: what is to be posted, and how it went."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...models import UniversalAIJob


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    DUE = "due", _("on its way")
    DELIVERED = "delivered", _("delivered")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")


class DeliveryKind(models.TextChoices):
    """What is told."""

    END = "end", _("end of the job")
    TEST = "test", _("test")


class WebhookDelivery(models.Model):
    """One webhook to a job's receiver, with the outcome of its last try.

    The row is its own queue entry: ``due_at`` is both due time and claim, for whoever takes it
    pushes it ahead; ``lease`` says whose it is. The body is made of the job, which has ended and
    stays as it is. The receiver's whole URL is the job's; only its origin is repeated here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(
        UniversalAIJob,
        models.CASCADE,
        related_name="gateway_webhooks",
        verbose_name=_("job"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=DeliveryKind, default=DeliveryKind.END)
    #: The event that it tells of: signals come more than once. Null for tests.
    event_id = models.UUIDField(null=True, unique=True, editable=False)
    origin = models.CharField(
        _("receiver"),
        max_length=300,
        help_text=_("Without path and query, which may hold secrets."),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=DeliveryState, default=DeliveryState.DUE
    )
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    #: Of the tries, those that came to an end without success; the others' processes were lost.
    failures = models.PositiveIntegerField(_("failed tries"), default=0)
    status_code = models.PositiveSmallIntegerField(_("status code"), null=True)
    answer = models.TextField(_("start of the answer"), blank=True, default="")
    error = models.CharField(_("error"), max_length=500, blank=True, default="")
    seconds = models.FloatField(_("duration (s)"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    due_at = models.DateTimeField(_("next try"), null=True)
    lease = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("outgoing webhook")
        verbose_name_plural = _("outgoing webhooks")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=["due_at"], name="uai_delivery_due"),
            models.Index(fields=["created_at"], name="uai_delivery_created"),
        )

    def __str__(self) -> str:
        return f"{self.origin} ({self.created_at:%Y-%m-%d %H:%M:%S})"
