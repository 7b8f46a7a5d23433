"""Prices that people set in the admin."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..contract.prices import RESERVE, check_name, check_price


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
        wrong: dict[str, str] = {}
        try:
            check_name(self.name)
        except ValueError as error:
            wrong["name"] = _sentence(error)
        try:
            if self.amount is not None:  # else its own field has said so
                check_price(self.amount)
        except ValueError as error:
            wrong["amount"] = _sentence(error)
        if wrong:
            raise ValidationError(wrong)


def _sentence(error: ValueError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
