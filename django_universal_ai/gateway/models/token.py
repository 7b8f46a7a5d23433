"""Who may use the gateway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Requests per second that a limit may be set to.
SLOWEST, FASTEST = 0.001, 10_000.0
#: What a token may do, field by field.
LIMITS = (
    "allowed_features",
    "requests_per_second",
    "most_in_flight",
    "credits_per_day",
    "credits_per_month",
)


def check_features(value: Any) -> None:
    """A list of ``feature`` and ``feature/subfeature``, as people write it."""
    if not isinstance(value, list):
        raise ValidationError(_("Give a list of features."))
    for name in value:
        parts = name.split("/") if isinstance(name, str) else []
        if not 1 <= len(parts) <= 2 or any(not part or part != part.strip() for part in parts):
            raise ValidationError(
                _("%(name)r is no feature: write feature or feature/subfeature."),
                params={"name": name},
            )


def check_rate(value: float) -> None:
    """A pace that can be kept; not a number isn't one."""
    if not SLOWEST <= value <= FASTEST:
        raise ValidationError(
            _("Give a number from %(slowest)g to %(fastest)g."),
            params={"slowest": SLOWEST, "fastest": FASTEST},
        )


class Token(models.Model):
    """A bearer token: it acts for its owner, within its limits. Only its hash is kept.

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

    # What it may do; empty is without limit.
    allowed_features = models.JSONField(
        _("allowed features"), default=list, blank=True, validators=[check_features]
    )
    requests_per_second = models.FloatField(
        _("requests per second"),
        null=True,
        blank=True,
        validators=[check_rate],
        help_text=_("Of every kind, in bursts of up to a second's worth."),
    )
    most_in_flight = models.PositiveIntegerField(
        _("jobs in flight"), null=True, blank=True, help_text=_("Jobs that haven't ended, at most.")
    )
    credits_per_day = models.DecimalField(
        _("credits per day"),
        max_digits=24,
        decimal_places=12,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Days begin at midnight UTC."),
    )
    credits_per_month = models.DecimalField(
        _("credits per month"),
        max_digits=24,
        decimal_places=12,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Months begin on the first, at midnight UTC."),
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

    @property
    def is_metered(self) -> bool:
        """Whether a new job has to be counted before it is taken."""
        limits = (self.most_in_flight, self.credits_per_day, self.credits_per_month)
        return any(limit is not None for limit in limits)

    def allows(self, name: str) -> bool:
        """Whether it may use a ``feature/subfeature``."""
        feature = name.partition("/")[0]
        allowed = self.allowed_features
        return not allowed or name in allowed or feature in allowed
