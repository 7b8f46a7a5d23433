"""What was used, day by day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .token import Token


class DailyUsage(models.Model):
    """Jobs of one token, one day, one subfeature and one provider, and their cost.

    Rolled up as jobs end: totals read a few of these rows, however many jobs there were. The rows
    outlive the jobs, the token and its owner.
    """

    day = models.DateField(_("day"), help_text=_("UTC; the day on which the jobs were asked for."))
    token = models.ForeignKey(
        Token, models.SET_NULL, null=True, related_name="+", verbose_name=_("token")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    feature = models.CharField(_("feature"), max_length=100)
    subfeature = models.CharField(_("subfeature"), max_length=100)
    provider = models.CharField(_("provider"), max_length=100)
    jobs = models.PositiveBigIntegerField(_("jobs"), default=0)
    failed = models.PositiveBigIntegerField(_("failed"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=30, decimal_places=12, default=0)

    class Meta:
        verbose_name = _("daily usage")
        verbose_name_plural = _("daily usage")
        ordering = ("-day", "feature", "subfeature", "provider")
        constraints = (
            models.UniqueConstraint(
                fields=["token", "day", "feature", "subfeature", "provider"], name="uai_usage_once"
            ),
        )
        indexes = (
            models.Index(fields=["day"], name="uai_usage_day"),
            models.Index(fields=["owner", "day"], name="uai_usage_owner"),
        )

    def __str__(self) -> str:
        return f"{self.day}: {self.feature}/{self.subfeature}/{self.provider}"
