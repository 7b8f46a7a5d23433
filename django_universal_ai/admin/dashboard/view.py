"""The dashboard's address and its page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ...models import UniversalAIJob
from .. import wording
from ..read_only import StyledAdmin
from . import accounts, figures, ranges, standing, tables
from .attention import attention
from .charts import cost_plot, job_plot

NAME = "universal_ai_universalaijob_dashboard"


def urls(admin: StyledAdmin[UniversalAIJob]) -> list[URLPattern]:
    """For the ``get_urls`` of the admin of jobs: every site that has it, has the dashboard."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        return dashboard(admin, request)

    return [path("dashboard/", admin.admin_site.admin_view(view), name=NAME)]


def dashboard(admin: StyledAdmin[UniversalAIJob], request: HttpRequest) -> HttpResponse:
    """The page, for who may see jobs. At most seven queries of its own, however many jobs."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    context = {
        "title": _("Dashboard"),
        "media": admin.media + Media(css={"all": ["universal_ai/dashboard.css"]}),
        **_page(admin, request),
    }
    return admin.own_page(request, "admin/universal_ai/dashboard/dashboard.html", context)


def _page(admin: StyledAdmin[UniversalAIJob], request: HttpRequest) -> dict[str, Any]:
    site = admin.admin_site
    shown = ranges.range_named(request.GET.get("range"))
    now = standing.standing(shown)
    ended = figures.ended(shown)
    lines = accounts.accounts(site)
    return {
        "shown": shown,
        "choices": ranges.choices(),
        "moment": wording.moment(timezone.now()),
        "is_empty": not any((*now.states.values(), ended.total.ended, ended.total.created)),
        "states": tables.states(site, now),
        "oldest": tables.oldest(site, now),
        "needs": attention(site, now, lines),
        "accounts": lines,
        "total": tables.totals(site, shown, ended.total),
        "job_plot": job_plot(shown, ended, now),
        "job_table": tables.job_table(shown, ended, now),
        "cost_plot": cost_plot(shown, ended),
        "cost_table": tables.cost_table(site, shown, ended),
        "providers": tables.providers(site, shown, ended, figures.durations(shown)),
    }
