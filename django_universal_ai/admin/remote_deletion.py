"""Deleting jobs at the service: the button, the question, and the answer to it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import jobs as job_moves
from ..models import UniversalAIJob
from . import deleting_remote
from .confirmation import MOST, row
from .page_actions import page_action
from .selection import chosen, posted
from .uncertain import TEMPLATES, UncertainJobAdmin


class RemoteDeletionAdmin(UncertainJobAdmin):
    """It destroys results, so it has a permission of its own and asks first."""

    def has_delete_remote_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.delete_remote_universalaijob")

    def get_urls(self) -> list[URLPattern]:
        name = "universal_ai_universalaijob_delete_remote"
        view = self._posted(self.delete_remote_view)
        return [path("delete-remote/", view, name=name), *super().get_urls()]

    def buttons(self, request: HttpRequest, row: UniversalAIJob | None) -> list[tuple[str, str]]:
        """Without the button where there is nothing to delete."""
        found = super().buttons(request, row)
        if row is None or not (deleting_remote.why_not(row) or job_moves.deleted_remotely([row])):
            return found
        return [(name, label) for name, label in found if name != "delete_remote"]

    @page_action(
        permission="delete_remote",
        one=_("Delete at the service…"),
        many=_("Delete selected jobs at the service…"),
    )
    def delete_remote(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> HttpResponseBase | None:
        rows = chosen(request, queryset, MOST)
        return self._ask_to_delete(request, rows) if rows else None

    def delete_remote_view(self, request: HttpRequest) -> HttpResponseBase:
        """The answer to the confirmation page."""
        if not self.has_delete_remote_permission(request):
            raise PermissionDenied
        rows = chosen(request, posted(request, self.get_queryset(request)), MOST)
        if rows:
            deleting_remote.delete(request, rows)
        return self.after(rows)

    def _ask_to_delete(self, request: HttpRequest, rows: list[UniversalAIJob]) -> HttpResponseBase:
        able, reasons = deleting_remote.sorted_out(rows)
        context = {
            "title": gettext("Delete at the service?"),
            "rows": [row(self.admin_site, job) for job in able],
            "unfinished": sum(not job.is_finished for job in able),
            "skipped": deleting_remote.skipped(reasons),
        }
        return self.own_page(request, f"{TEMPLATES}/delete_remote_confirmation.html", context)
