"""Requests that may be repeated without being carried out twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...models import UniversalAIJob


class IdempotencyKey(models.Model):
    """The key that a client gave to a request, and the job that the request made.

    Written in the transaction of the job's row: two requests with one key can't both make a job.
    Kept for 24 hours; see :mod:`django_universal_ai.gateway.idempotency`.
    """

    #: Whose key it is: one tenant's keys say nothing to another, and a sandbox's job is no answer
    #: to a request that is paid for.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    sandbox = models.BooleanField(_("sandbox"), default=False)
    key = models.CharField(_("key"), max_length=255)
    #: SHA-256 of the request's body.
    fingerprint = models.CharField(max_length=64, editable=False)
    job = models.ForeignKey(UniversalAIJob, models.CASCADE, related_name="+", verbose_name=_("job"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "sandbox", "key"], name="uai_gateway_key_once"
            ),
        )

    def __str__(self) -> str:
        return self.key
