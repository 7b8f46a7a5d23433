"""Keys that sign outgoing webhooks."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SigningKey(models.Model):
    """An RSA key pair. The private half is kept encrypted with the project's ``SECRET_KEY``.

    Made, rotated and read by :mod:`django_universal_ai.gateway.outgoing.keys` alone.
    """

    public_key = models.TextField(_("public key"), editable=False, help_text=_("PEM."))
    private_key = models.TextField(_("private key"), editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=16, editable=False)
    #: True or null, so that the database lets no second key sign.
    is_current = models.BooleanField(_("signs"), null=True, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return self.fingerprint
