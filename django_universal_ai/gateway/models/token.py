"""Who may use the gateway."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Token(models.Model):
    """A bearer token: it acts for its owner. Only its hash is kept.

    Made by :mod:`django_universal_ai.gateway.tokens`, which alone ever holds the plain text.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    name = models.CharField(
        _("name"), max_length=100, blank=True, default="", help_text=_("What it is for.")
    )
    prefix = models.CharField(
        _("beginning"), max_length=16, editable=False, help_text=_("To tell tokens apart.")
    )
    hash = models.CharField(_("SHA-256"), max_length=64, unique=True, editable=False)
    sandbox = models.BooleanField(
        _("sandbox"),
        default=False,
        help_text=_("Its jobs end at once, with made-up output and without cost."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(
        _("last used"), null=True, blank=True, editable=False, help_text=_("To the minute.")
    )

    #: The token itself, for whoever just made it; no field, so it is gone with this object.
    plain: str = ""

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        shown = f"{self.prefix}…"
        return f"{self.name} ({shown})" if self.name else shown

    @property
    def is_valid(self) -> bool:
        """Whether it opens the door now: neither revoked nor expired."""
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not is_over
