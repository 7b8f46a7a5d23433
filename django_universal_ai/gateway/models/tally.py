"""How long the lists are, as far as that is settled."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """How many jobs of an owner fit a filter, up to a moment by which they had all ended.

    Made and used by :mod:`django_universal_ai.gateway.tallies`. Each row may be deleted at any
    time: the next list counts anew.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    feature = models.CharField(max_length=100, blank=True, default="")
    subfeature = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=16, blank=True, default="")
    #: Jobs that were asked for before this are counted; null: the lock of this owner's tallies.
    before = models.DateTimeField(null=True)
    jobs = models.PositiveBigIntegerField(default=0)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "feature", "subfeature", "status"], name="uai_gateway_tally"
            ),
        )

    def __str__(self) -> str:
        return f"{self.feature}/{self.subfeature}/{self.status}: {self.jobs}"
