"""The admin of prices."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Price
from . import wording
from .read_only import StyledAdmin


@admin.register(Price)
class PriceAdmin(StyledAdmin[Price]):
    """What work here costs; workers heed a change within seconds."""

    list_display = ("name", "unit", "credits")
    list_display_links = ("name", "unit")
    list_filter = ("unit",)
    search_fields = ("name",)
    search_hint = _("Model string or provider.")
    ordering = ("name", "unit")

    @admin.display(description=_("Credits"), ordering="amount")
    def credits(self, price: Price) -> str:
        return wording.cost(price.amount)
