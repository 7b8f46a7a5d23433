"""The admin of what was used: day by day, with the sum of what is chosen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ...admin.read_only import ReadOnlyAdmin
from ...contract import format_cost
from .. import ledger
from ..models import DailyUsage


@admin.register(DailyUsage)
class DailyUsageAdmin(ReadOnlyAdmin[DailyUsage]):
    """Totals that nobody edits; they count what ended."""

    list_display = (
        "day", "token", "owner", "feature", "subfeature", "provider", "jobs", "failed", "credits",
    )  # fmt: skip
    list_display_links = None
    list_filter = ("feature", "subfeature", "provider")
    list_select_related = ("token", "owner")
    date_hierarchy = "day"
    search_fields = ("token__prefix__startswith", "token__name", "provider")
    search_hint = _("Token (beginning or name), provider.")
    ordering = ("-day", "feature", "subfeature", "provider")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        # Pages of tokens link here; a filter would list every token there is.
        return lookup in ("token__id__exact", "owner__id__exact") or super().lookup_allowed(
            lookup, value, request
        )

    def has_delete_permission(self, request: HttpRequest, obj: DailyUsage | None = None) -> bool:
        return False  # budgets go by these rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        ledger.catch_up()
        response: Any = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            total = shown["cl"].queryset.aggregate(jobs=Sum("jobs"), cost=Sum("cost"))
            shown["subtitle"] = shown["cl"].title
            jobs = total["jobs"] or 0
            words = ngettext(
                "%(jobs)d job, %(credits)s credits", "%(jobs)d jobs, %(credits)s credits", jobs
            )
            shown["title"] = words % {
                "jobs": jobs,
                "credits": format_cost(total["cost"] or Decimal(0)),
            }
        return response  # type: ignore[no-any-return]

    @admin.display(description=_("credits"), ordering="cost")
    def credits(self, usage: DailyUsage) -> str:
        return format_cost(usage.cost)
