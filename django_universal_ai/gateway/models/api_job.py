"""Which token asked for a job."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...models import UniversalAIJob
from .token import Token


class Counted(models.TextChoices):
    """How far a job is counted."""

    OPEN = "open", _("in flight")
    UNPRICED = "unpriced", _("ended, cost to come")
    DONE = "done", _("counted")


class ApiJob(models.Model):
    """A job that came over the API: whose token asked for it, and what it is counted as.

    Made in the transaction that makes the job.
    """

    job = models.OneToOneField(
        UniversalAIJob,
        models.CASCADE,
        primary_key=True,
        related_name="api_job",
        verbose_name=_("job"),
    )
    token = models.ForeignKey(
        Token, models.SET_NULL, null=True, related_name="+", verbose_name=_("token")
    )
    #: The UTC day that it counts for: the one on which it was asked for.
    day = models.DateField(_("day"))
    #: Credits that are set aside for it until its cost is known.
    reserved = models.DecimalField(_("set aside"), max_digits=24, decimal_places=12, default=0)
    counted = models.CharField(_("counted"), max_length=8, choices=Counted, default=Counted.OPEN)

    class Meta:
        verbose_name = _("job over the API")
        verbose_name_plural = _("jobs over the API")
        # What isn't counted yet is found without a look at all that is.
        indexes = (models.Index(fields=["counted", "token"], name="uai_api_job_counted"),)

    def __str__(self) -> str:
        return str(self.job_id)
