"""What the list shows of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import UniversalAIJob
from . import links, wording
from .slow import is_slow


class JobColumns:
    """The columns; none of them needs a query of its own.

    They are sorted by age alone: any other order would have the database sort all jobs.
    """

    if TYPE_CHECKING:
        admin_site: AdminSite

    @admin.display(description=_("Status"))
    def status_badge(self, job: UniversalAIJob) -> SafeString:
        return badges(job)

    @admin.display(description=_("Feature"))
    def feature_name(self, job: UniversalAIJob) -> SafeString:
        return feature(job)

    @admin.display(description=_("Provider"))
    def provider_name(self, job: UniversalAIJob) -> str:
        asked = requested_provider(job)
        who = job.provider if job.provider == asked else f"{asked} → {job.provider}"
        return f"{who} ({job.model})" if job.model else who

    @admin.display(description=_("Attached to"))
    def attached(self, job: UniversalAIJob) -> str:
        return links.attached_label(self.admin_site, job)

    @admin.display(description=_("Owner"))
    def owner_name(self, job: UniversalAIJob) -> str:
        return "" if job.owner is None else str(job.owner)

    @admin.display(description=_("Age"), ordering="-requested_at")
    def age(self, job: UniversalAIJob) -> SafeString:
        moment, words = wording.moment(job.requested_at), wording.age(job.requested_at)
        return format_html('<span title="{}">{}</span>', moment, words)

    @admin.display(description=_("Duration"))
    def duration(self, job: UniversalAIJob) -> str:
        return "" if job.duration is None else wording.duration(job.duration)

    @admin.display(description=_("Cost"))
    def cost_in_credits(self, job: UniversalAIJob) -> SafeString | str:
        cost = job.known_cost
        if cost is None:
            return ""
        # On a phone there is no heading to tell what the number is.
        unit = '{} <span class="uai-unit">{}</span>'
        return format_html(unit, wording.cost(cost), _("credits"))


def badges(job: UniversalAIJob) -> SafeString:
    """Its status, and what else sets it apart."""
    found = [wording.status_badge(job)]
    if job.result_at_risk:
        found.append(wording.risk_badge())
    if is_slow(job):
        found.append(wording.slow_badge())
    return format_html_join(" ", "{}", ((badge,) for badge in found))


def feature(job: UniversalAIJob) -> SafeString:
    """``feature/subfeature``, which may go on in the next line."""
    return format_html("{}/<wbr>{}", job.feature, job.subfeature)


def requested_provider(job: UniversalAIJob) -> str:
    """Who was asked. Unlike the model's property it reads whatever the row holds."""
    parts = job.requested_model.split("/", 3)
    return parts[2] if len(parts) > 2 else job.provider
