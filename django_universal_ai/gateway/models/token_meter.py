"""What all processes and hosts share about one token."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .token import Token


class TokenMeter(models.Model):
    """Where a token stands against its limits. Made when a limit first asks for it.

    One conditional ``UPDATE`` of this row takes a request's moment or a job's place. What it says
    of jobs and credits is worked out anew from :class:`ApiJob` and :class:`DailyUsage` whenever a
    job ended, so it can't drift.
    """

    token = models.OneToOneField(
        Token, models.CASCADE, primary_key=True, related_name="meter", verbose_name=_("token")
    )
    #: The arrival time of a virtual scheduler (GCRA), by the database's clock.
    next_request_at = models.DateTimeField(_("next request"), null=True, blank=True)
    in_flight = models.PositiveIntegerField(_("jobs in flight"), default=0)
    #: Which day and month (its first day, UTC) the sums are of; what is set aside is in them.
    day = models.DateField(_("day"), null=True, blank=True)
    day_spent = models.DecimalField(_("spent"), max_digits=30, decimal_places=12, default=0)
    month = models.DateField(_("month"), null=True, blank=True)
    month_spent = models.DecimalField(
        _("spent in the month"), max_digits=30, decimal_places=12, default=0
    )

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")

    def __str__(self) -> str:
        return str(self.token_id)
