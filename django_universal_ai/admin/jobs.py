"""The admin of jobs: the list, the page of one job, and what people may do."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ..models import JobEvent, UniversalAIJob
from . import (
    confirmation,
    dashboard,
    delivering,
    documents,
    embedded,
    filters,
    refreshing,
    resubmitting,
)
from .columns import JobColumns
from .exporting import ExportingJobs
from .job_list import list_of
from .notices import notices
from .owners import ByOwner
from .page import page
from .page_actions import page_action
from .raw_json import download
from .remote_deletion import RemoteDeletionAdmin
from .search import as_uuid, search
from .selection import chosen, posted
from .totals import MOST, NewestPaginator, totals

#: Fields that the list never shows and that may be long.
LONG = (*documents.ANSWERED, *documents.ASKED)


@admin.register(UniversalAIJob)
class UniversalAIJobAdmin(JobColumns, ExportingJobs, RemoteDeletionAdmin):
    """Jobs change by what happens to them and by these actions, never by a form."""

    list_display = (
        "status_badge", "feature_name", "provider_name", "attached", "owner_name", "age",
        "duration", "cost_in_credits",
    )  # fmt: skip
    list_display_links = ("status_badge", "feature_name")
    list_filter = (
        "status",
        filters.NeedsAPerson,
        filters.Slow,
        filters.Age,
        filters.ByFeature,
        filters.BySubfeature,
        filters.ByProvider,
        filters.ByBackend,
        ByOwner,
    )
    list_per_page = 50
    empty_value_display = ""
    show_facets = admin.ShowFacets.NEVER  # each would be a count of all jobs
    date_hierarchy = "requested_at"
    search_fields = ("id", "public_id", "requested_model", "object_id")
    search_hint = _("Id, public id, requested model, id of the attached object, owner.")
    actions = (
        "refresh",
        "resubmit",
        "give_up",
        "deliver",
        "delete_remote",
        "export_csv",
        "export_json_lines",
    )
    change_form_template = "admin/universal_ai/universalaijob/job.html"
    change_list_template = "admin/universal_ai/universalaijob/list.html"

    # ------------------------------------------------------------------------------ the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[UniversalAIJob]:
        return super().get_queryset(request).select_related("owner").defer(*LONG)

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> Paginator[Any]:
        # Django asks here for the pages of a job's history, too.
        kind = NewestPaginator if queryset.model is UniversalAIJob else Paginator
        return kind(queryset, *args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob], search_term: str
    ) -> tuple[QuerySet[UniversalAIJob], bool]:
        return search(queryset, search_term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "notices": notices(),
            "may_export": self.has_export_permission(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        theirs = super().get_changelist(request, **kwargs)
        return list_of(theirs)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        # "Select all" names the number that the list counts to; an action would do it to all.
        if request.POST.get("select_across") == "1" and totals(queryset).is_cut:
            words = gettext("There are more than %(count)d jobs in this list; nothing was done.")
            messages.error(request, words % {"count": MOST})
            return redirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)

    # ------------------------------------------------------------------------- the job's page

    def get_fieldsets(self, request: HttpRequest, obj: UniversalAIJob | None = None) -> Any:
        return ()  # the template shows all there is

    def act_on_page(
        self, request: HttpRequest, rows: QuerySet[UniversalAIJob]
    ) -> HttpResponseBase | None:
        if "deliver" not in request.POST:
            return super().act_on_page(request, rows)
        self._deliver_again(request, rows)
        return redirect(request.get_full_path())

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: UniversalAIJob | None = None,
    ) -> HttpResponse:
        job = cast("UniversalAIJob", obj)  # there is no page to add one
        context |= page(self.admin_site, request, job)
        context |= {
            "title": job.requested_model,
            "subtitle": None,
            "ways_out": self.ways_out(request, job),
            "may_deliver": self.has_deliver_permission(request),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            *dashboard.urls(self),
            path(
                "resubmit/",
                view(require_POST(self.resubmit_view)),
                name="universal_ai_universalaijob_resubmit",
            ),
            path(
                "<uuid:pk>/json/<str:name>/",
                view(require_safe(self.json_view)),
                name="universal_ai_universalaijob_json",
            ),
            path(
                "<uuid:pk>/embedded/",
                self.admin_site.admin_view(require_safe(self.embedded_view), cacheable=True),
                name="universal_ai_universalaijob_embedded",
            ),
            *super().get_urls(),
        ]

    def json_view(self, request: HttpRequest, pk: uuid.UUID, name: str) -> HttpResponse:
        """One JSON field as a download."""
        return download(self.visible(request, pk).pk, name)

    def embedded_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """The picture or video that the output holds as text."""
        return embedded.serve(request, self.visible(request, pk))

    # ----------------------------------------------------------------------------- the actions

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.refresh_universalaijob")

    def has_resubmit_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.resubmit_universalaijob")

    def has_deliver_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.change_jobevent")

    @page_action(permission="refresh", one=_("Refresh"), many=_("Refresh selected jobs"))
    def refresh(self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]) -> None:
        if jobs := chosen(request, queryset, refreshing.MOST):
            refreshing.refresh(request, jobs)

    @page_action(permission="resubmit", one=_("Resubmit…"), many=_("Resubmit selected jobs…"))
    def resubmit(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> HttpResponseBase | None:
        jobs = chosen(request, queryset, confirmation.MOST)
        return confirmation.ask(self, request, jobs) if jobs else None

    @page_action(
        permission="deliver",
        one=_("Deliver again"),
        many=_("Deliver undelivered signals of selected jobs again"),
    )
    def deliver(self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]) -> None:
        if jobs := chosen(request, queryset, delivering.MOST):
            delivering.deliver_dead(request, jobs)

    def buttons(self, request: HttpRequest, row: UniversalAIJob | None) -> list[tuple[str, str]]:
        """On the page each dead letter has a button of its own."""
        return [pair for pair in super().buttons(request, row) if pair[0] != "deliver"]

    def resubmit_view(self, request: HttpRequest) -> HttpResponseBase:
        """The answer to the confirmation page."""
        if not self.has_resubmit_permission(request):
            raise PermissionDenied
        rows = posted(request, self.get_queryset(request))
        whole = rows.defer(None).defer("output", "original_response")
        jobs = chosen(request, whole, confirmation.MOST)
        form = confirmation.ConfirmationForm(jobs, request.POST)
        if jobs and not form.is_valid():
            # Without its token the page isn't ours: it begins anew.
            return confirmation.ask(self, request, jobs, None if "token" in form.errors else form)
        made = resubmitting.resubmit(request, jobs, **form.cleaned_data) if jobs else []
        return self.after(made)

    def _deliver_again(self, request: HttpRequest, rows: QuerySet[UniversalAIJob]) -> None:
        if not self.has_deliver_permission(request):
            raise PermissionDenied
        event_id = as_uuid(request.POST["deliver"])
        events = JobEvent.objects.filter(job__in=rows, pk=event_id)
        delivering.deliver_again(request, events)

    # --------------------------------------------------------------------------------- deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found = super().get_deleted_objects(objs, request)
        # A job's events go with it: who may delete the job needs no permission for them.
        found[2].discard(JobEvent._meta.verbose_name)
        return found
