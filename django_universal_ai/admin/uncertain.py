"""What a person can do about a job whose outcome is unknown: give it its id, or give it up."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..models import Status, UniversalAIJob
from ..models.database import database
from . import adopting, giving_up
from .confirmation import MOST, row
from .page_actions import PageActionAdmin, offered, page_action
from .selection import chosen, posted

TEMPLATES = "admin/universal_ai/universalaijob"


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
            return self.after(found)
        job = found[0]
        form = adopting.AdoptForm(job, request.POST)
        if form.is_valid() and adopting.adopt(request, job, form.cleaned_data["public_id"]):
            return self.after(found)
        context = {"title": gettext("Adopt an id"), "job": job, "ways_out": {"adopt": form}}
        return self.own_page(request, f"{TEMPLATES}/adopt.html", context)

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
        return self.after(jobs)

    def _ask(
        self, request: HttpRequest, jobs: list[UniversalAIJob], form: giving_up.GiveUpForm
    ) -> TemplateResponse:
        """List the jobs that would fail, and why others wouldn't."""
        context = {
            "title": gettext("Give up?"),
            "rows": [row(self.admin_site, job) for job in jobs if job.status == Status.UNCERTAIN],
            "skipped": giving_up.skipped(jobs),
            "form": form,
        }
        return self.own_page(request, f"{TEMPLATES}/give_up_confirmation.html", context)


def _name(view: str) -> str:
    return f"universal_ai_universalaijob_{view}"
