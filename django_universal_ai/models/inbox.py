"""The inbox: webhooks as they came in, before anything is done about them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .job import UniversalAIJob


class Signature(models.TextChoices):
    """What is known of a webhook's sender."""

    VALID = "valid", _("valid")
    INVALID = "invalid", _("invalid")
    UNCHECKED = "unchecked", _("not checked: no public key is configured")


class ReceiptState(models.TextChoices):
    """What became of a webhook; :attr:`WebhookReceipt.reason` says why."""

    PENDING = "pending", _("to be worked on")
    WAITING = "waiting", _("waiting for its job")
    APPLIED = "applied", _("applied")
    IGNORED = "ignored", _("ignored")
    REFUSED = "refused", _("refused")


class WebhookReceipt(models.Model):
    """One webhook, however often it was delivered.

    The secret token that it may carry is kept as its hash only. ``due_at`` is both due time and
    claim, as in :class:`JobEvent <django_universal_ai.models.JobEvent>`.
    """

    received_at = models.DateTimeField(_("received"), default=timezone.now)
    #: SHA-256 of the content; spelling and order of a signed body make no difference to it.
    fingerprint = models.CharField(max_length=64, editable=False)
    copies = models.PositiveIntegerField(
        _("copies"), default=1, help_text=_("How often it was delivered.")
    )
    signature = models.CharField(_("signature"), max_length=16, choices=Signature)
    #: Aliases of the backends of whose jobs it may speak.
    backends = models.JSONField(_("backends"), default=list, blank=True)
    public_id = models.CharField(_("public id"), max_length=255, blank=True, default="")
    token_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    body = models.TextField(
        _("body"),
        blank=True,
        default="",
        help_text=_("JSON; only of signed webhooks, and only while it may be needed."),
    )
    job = models.ForeignKey(
        UniversalAIJob,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="webhooks",
        verbose_name=_("job"),
    )
    state = models.CharField(
        _("state"), max_length=16, choices=ReceiptState, default=ReceiptState.PENDING
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("-received_at",)
        indexes = (models.Index(fields=["due_at"], name="uai_webhook_due"),)
        constraints = (
            # The forged copy of a webhook mustn't keep the real one out.
            models.UniqueConstraint(fields=["fingerprint", "signature"], name="uai_webhook_once"),
        )

    def __str__(self) -> str:
        return f"{self.public_id or '?'} ({self.get_state_display()})"
