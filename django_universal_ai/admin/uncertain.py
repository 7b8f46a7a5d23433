"""What a person can do about a job whose outcome is unknown: give it its id, or give it up."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..models import Status, UniversalAIJob
from ..models.database import database
from . import adopting, giving_up, links, wording
from .confirmation import MOST
from .page_actions import PageActionAdmin, offered, page_action
from .selection import chosen, posted

_TEMPLATES = "admin/universal_ai/universalaijob"


class UncertainJobAdmin(PageActionAdmin[UniversalAIJob]):
    """Adopting and giving up, each with a permission of its own."""

    def has_adopt_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.adopt_universalaijob")

    def has_give_up_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("universal_ai.give_up_universalaijob")

    def get_urls(self) -> list[URLPattern]:
        return [
            path("give-up/", self._posted(self.give_up_view), name=_name("give_up")),
            path("<uuid:pk>/adopt/", self._posted(self.adopt_view), name=_name("adopt")),
            *super().get_urls(),
        ]

    def _posted(self, view: Any) -> Any:
        """No transaction of the host around it: the service is asked, and signals leave."""
        outside = transaction.non_atomic_requests(using=database())
        return outside(self.admin_site.admin_view(require_POST(view)))

    # ------------------------------------------------------------------------- the job's page

    def buttons(self, request: HttpRequest, row: UniversalAIJob | None) -> list[tuple[str, str]]:
        """An uncertain job's ways out have a place of their own; others can't be given up."""
        elsewhere = {"give_up"}
        if row is not None and row.status == Status.UNCERTAIN:
            elsewhere.add("resubmit")
        return [(name, label) for name, label in offered(self, request) if name not in elsewhere]

    def ways_out(self, request: HttpRequest, job: UniversalAIJob) -> dict[str, Any]:
        """What this person may do about the job; nothing unless it is uncertain."""
        if job.status != Status.UNCERTAIN:
            return {}
        labels = dict(offered(self, request))
        ways: dict[str, Any] = {name: labels.get(name) for name in ("resubmit", "give_up")}
        if self.has_adopt_permission(request):
            ways["adopt"] = adopting.AdoptForm(job)
        return {name: way for name, way in ways.items() if way}

    # --------------------------------------------------------------------------------- adopting

    def adopt_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """The answer to the form on the job's page; shows the form again where it's no good."""
        if not self.has_adopt_permission(request):
            raise PermissionDenied
        found = chosen(request, self.get_queryset(request).filter(pk=pk), 1)
        if not found:
            return self.to_list()
        job = found[0]
        form = adopting.AdoptForm(job, request.POST)
        if form.is_valid() and adopting.adopt(request, job, form.cleaned_data["public_id"]):
            return redirect(links.job_url(self.admin_site, job.pk) or ".")
        context = {"title": gettext("Adopt an id"), "job": job, "ways_out": {"adopt": form}}
        return self._page(request, "adopt", context)

    # --------------------------------------------------------------------------------- giving up

    @page_action(permission="give_up", one=_("Give up…"), many=_("Give up selected jobs…"))
    def give_up(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> HttpResponseBase | None:
        jobs = chosen(request, queryset, MOST)
        return self._ask(request, jobs, giving_up.GiveUpForm()) if jobs else None

    def give_up_view(self, request: HttpRequest) -> HttpResponseBase:
        """The answer to the confirmation page."""
        if not self.has_give_up_permission(request):
            raise PermissionDenied
        jobs = chosen(request, posted(request, self.get_queryset(request)), MOST)
        form = giving_up.GiveUpForm(request.POST)
        if jobs and not form.is_valid():
            return self._ask(request, jobs, form)
        if jobs:
            giving_up.give_up(request, jobs, form.cleaned_data["reason"])
        if len(jobs) == 1:
            return redirect(links.job_url(self.admin_site, jobs[0].pk) or ".")
        return self.to_list()

    def _ask(
        self, request: HttpRequest, jobs: list[UniversalAIJob], form: giving_up.GiveUpForm
    ) -> TemplateResponse:
        """List the jobs that would fail, and why others wouldn't."""
        rows = [
            {
                "job": job,
                "url": links.job_url(self.admin_site, job.pk),
                "badge": wording.status_badge(job),
            }
            for job in jobs
            if job.status == Status.UNCERTAIN
        ]
        context = {
            "title": gettext("Give up?"),
            "rows": rows,
            "skipped": giving_up.skipped(jobs),
            "form": form,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return self._page(request, "give_up_confirmation", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        usual = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, f"{_TEMPLATES}/{name}.html", usual | context)

    def to_list(self) -> HttpResponseBase:
        view = f"admin:{_name('changelist')}"
        return redirect(reverse(view, current_app=self.admin_site.name))


def _name(view: str) -> str:
    return f"universal_ai_universalaijob_{view}"
