"""The page between a click on Resubmit and the bill."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin, helpers
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import Status, UniversalAIJob
from . import links, wording
from .account_words import backend_of

#: Jobs that one confirmation covers: as many as a person can look through.
MOST = 100
TEMPLATE = "admin/universal_ai/universalaijob/resubmit_confirmation.html"


class ConfirmationForm(forms.Form):
    """What comes back from the page besides the jobs' ids."""

    #: Made with the page: however often it comes back, it counts once.
    token = forms.UUIDField(widget=forms.HiddenInput)


def ask(
    admin: ModelAdmin[UniversalAIJob], request: HttpRequest, chosen: list[UniversalAIJob]
) -> TemplateResponse:
    """List the jobs, what they cost last time, and what is dangerous about it."""
    known = [job.cost for job in chosen if job.cost is not None]
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Resubmit?"),
        "opts": admin.opts,
        "media": admin.media,
        "rows": [_row(admin, job) for job in chosen],
        "total": wording.cost(sum(known, Decimal(0))) if known else "",
        "unknown": len(chosen) - len(known),
        "uncertain": sum(job.status == Status.UNCERTAIN for job in chosen),
        "at_work": sum(not job.is_finished and job.status != Status.UNCERTAIN for job in chosen),
        "form": ConfirmationForm(initial={"token": uuid.uuid4()}),
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _row(admin: ModelAdmin[UniversalAIJob], job: UniversalAIJob) -> dict[str, Any]:
    backend = backend_of(job.backend)
    return {
        "job": job,
        "url": links.job_url(admin.admin_site, job.pk),
        "badge": wording.status_badge(job),
        "cost": wording.cost(job.cost),
        "runs_here": backend is not None and backend.runs_here,
    }
