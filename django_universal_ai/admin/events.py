"""The admin of events: what happened, and which signals were delivered."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import JobEvent
from . import delivering, wording
from .filters import DeliveryState
from .json_tree import tree
from .of_a_job import OfAJobAdmin
from .page_actions import page_action
from .search import as_uuid
from .timeline import signal_of


@admin.register(JobEvent)
class JobEventAdmin(OfAJobAdmin[JobEvent]):
    """Events are history: they go with their job, and only their delivery can be repeated."""

    list_display = ("at", "kind", "job_link", "signal")
    list_filter = (DeliveryState, "kind")
    list_per_page = 50
    search_fields = ("id", "job_id")
    search_hint = _("Id of the event or of its job.")
    ordering = ("-at",)
    actions = ("deliver_again",)
    fields = ("id", "job_link", "kind", "at", "details", "signal", "receivers")
    readonly_fields = ("id", "job_link", "details", "signal", "receivers")

    def has_delete_permission(self, request: HttpRequest, obj: JobEvent | None = None) -> bool:
        return False

    def has_deliver_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.change_jobevent")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JobEvent], search_term: str
    ) -> tuple[QuerySet[JobEvent], bool]:
        key = as_uuid(search_term.strip())
        if key is None:
            return queryset.none() if search_term.strip() else queryset, False
        return queryset.filter(pk=key) | queryset.filter(job=key), False

    @admin.display(description=_("Signal"))
    def signal(self, event: JobEvent) -> SafeString | str:
        state = signal_of(event)
        return wording.badge(state.icon, state.tone, state.short) if state else ""

    @admin.display(description=_("Detail"))
    def details(self, event: JobEvent) -> SafeString:
        return tree(event.detail)

    @admin.display(description=_("Receivers"))
    def receivers(self, event: JobEvent) -> SafeString:
        state = signal_of(event)
        told = {"receivers": state.receivers if state else ()}
        return render_to_string("admin/universal_ai/_receivers.html", told)

    def buttons(self, request: HttpRequest, row: JobEvent | None) -> list[tuple[str, str]]:
        """None for an event without a signal."""
        return super().buttons(request, row) if row and signal_of(row) else []

    @page_action(permission="deliver", one=_("Deliver again"), many=_("Deliver the signal again"))
    def deliver_again(self, request: HttpRequest, queryset: QuerySet[JobEvent]) -> None:
        delivering.deliver_again(request, queryset[: delivering.MOST])
