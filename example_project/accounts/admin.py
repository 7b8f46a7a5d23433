from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from django_universal_ai.contract import format_cost

from . import budgets
from .models import Purse

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Purse]
else:  # not generic outside the type checker
    ModelAdmin = admin.ModelAdmin


@admin.register(Purse)
class PurseAdmin(ModelAdmin):
    """Budgets that differ from what the site gives everybody."""

    list_display = ("__str__", "budget", "used_this_month")
    list_select_related = ("user",)
    list_per_page = 20  # what was used is reckoned for each
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Purse | None = None) -> list[str]:
        """Whose it is stays as it is."""
        return ["used_this_month", *(["user"] if obj else [])]

    def get_fields(self, request: HttpRequest, obj: Purse | None = None) -> list[Any]:
        """Before it is saved, nobody knows whose it is."""
        return ["user", "budget", *(["used_this_month"] if obj else [])]

    @admin.display(description="used this month")
    def used_this_month(self, purse: Purse) -> str:
        now = budgets.standing(purse.user)
        return f"{format_cost(now.used)} of {format_cost(now.budget)} credits"
