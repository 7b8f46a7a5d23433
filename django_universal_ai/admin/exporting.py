"""Who may export jobs, from where, and what is written down of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import UniversalAIJob
from . import audit
from .export import FORMATS
from .streaming import streamed

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[UniversalAIJob]
else:
    _Admin = object


class ExportingJobs(_Admin):
    """The whole list by buttons above it, chosen jobs by actions. With a permission of its own."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.export_universalaijob")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [
            path("export/", view, name="universal_ai_universalaijob_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """All jobs of the list that the address filters, as the list would."""
        if not (self.has_export_permission(request) and self.has_view_permission(request)):
            raise PermissionDenied
        if request.method != "POST":  # it leaves an entry in the log
            return HttpResponseNotAllowed(["POST"])
        try:
            jobs = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect("..")
        what = request.GET.urlencode() or gettext("all jobs")
        return _export(request, jobs, request.POST.get("format", ""), what)

    @admin.action(permissions=["export"], description=_("Export selected jobs as CSV"))
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> HttpResponseBase:
        return _export(request, queryset, "csv", gettext("selected jobs"))

    @admin.action(permissions=["export"], description=_("Export selected jobs as JSON lines"))
    def export_json_lines(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> HttpResponseBase:
        return _export(request, queryset, "jsonl", gettext("selected jobs"))


def _export(
    request: HttpRequest, jobs: QuerySet[UniversalAIJob], suffix: str, what: str
) -> HttpResponseBase:
    chosen = FORMATS.get(suffix)
    if chosen is None:
        raise Http404
    words = {"format": chosen.label, "what": what}
    audit.exported(request, UniversalAIJob, gettext("Exported as %(format)s: %(what)s.") % words)
    name = f"jobs-{timezone.localtime():%Y-%m-%d-%H%M}.{suffix}"
    pieces: Any = chosen.stream(jobs)
    return streamed(request, pieces, name=name, content_type=chosen.content_type)
