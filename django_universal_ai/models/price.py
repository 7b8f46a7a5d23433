"""Prices that people set in the admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..contract.prices import RESERVE, check_name


class PriceUnit(models.TextChoices):
    """What a price is for."""

    REQUEST = "request", _("request")
    PAGE = "page", _("page")
    SECOND = "second", _("second")
    MINUTE = "minute", _("minute")
    HOUR = "hour", _("hour")
    CHARACTER = "character", _("character")
    THOUSAND_CHARACTERS = "1000_characters", _("1,000 characters")
    TOKEN = "token", _("token")
    THOUSAND_TOKENS = "1000_tokens", _("1,000 tokens")
    RESERVE = RESERVE, _("set aside per job until its cost is known")


class Price(models.Model):
    """What work here costs, per unit; the prices of one name add up.

    Where a name has rows, they take the place of its entry in the option ``prices``.
    """

    name = models.CharField(
        _("for"),
        max_length=255,
        help_text=_("feature/subfeature/provider[/model], or a provider alone."),
    )
    unit = models.CharField(_("per"), max_length=20, choices=PriceUnit)
    amount = models.DecimalField(
        _("credits"), max_digits=24, decimal_places=12, help_text=_("Zero or more.")
    )

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ("name", "unit")
        constraints = (
            models.UniqueConstraint(fields=["name", "unit"], name="uai_price_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="uai_price_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.get_unit_display()}"

    def clean(self) -> None:
        """Say what is wrong with the name or the amount, by field."""
        wrong: dict[str, Any] = {}
        if self.name and not _is_name(self.name):
            wrong["name"] = _("Write a provider, or feature/subfeature/provider[/model].")
        # That there is none, or too many digits, its own field says.
        if (self.amount or 0) < 0:
            wrong["amount"] = _("A price can't be negative.")
        if wrong:
            raise ValidationError(wrong)


def _is_name(name: str) -> bool:
    try:
        check_name(name)
    except ValueError:
        return False
    return True
