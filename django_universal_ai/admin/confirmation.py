"""The page between a click on Resubmit and the bill."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import jobs
from ..models import Status, UniversalAIJob
from . import links, offers, wording
from .account_words import backend_of
from .read_only import StyledAdmin
from .results import reason

#: Jobs that one confirmation covers: as many as a person can look through.
MOST = 100
TEMPLATE = "admin/universal_ai/universalaijob/resubmit_confirmation.html"


class ConfirmationForm(forms.Form):
    """What comes back from the page besides the jobs' ids."""

    #: Made with the page: however often it comes back, it counts once.
    token = forms.UUIDField(widget=forms.HiddenInput)
    model = forms.ChoiceField(
        label=gettext_lazy("Who does it"),
        required=False,
        help_text=gettext_lazy(
            "With another provider, parameters that were written for the first one are left out. "
            "Prices of the service are as it last told them."
        ),
    )

    def __init__(self, chosen: list[UniversalAIJob], data: Any = None) -> None:
        super().__init__(data, initial={"token": uuid.uuid4()})
        self.chosen = chosen
        name = offers.common_feature(chosen)
        groups = offers.groups_of(name) if name else []
        same = ngettext("The same as before", "For each job the same as before", len(chosen))
        self.fields["model"].choices = [("", same), *groups]  # type: ignore[attr-defined]
        self.has_choice = bool(groups)

    def clean_model(self) -> str:
        """Another provider must be able to do all of them: then all are made, else none."""
        model: str = self.cleaned_data["model"]
        if model:
            reasons = Counter(filter(None, (_why_not(job, model) for job in self.chosen)))
            if reasons:
                words = [
                    ngettext("%(count)d job: %(reason)s", "%(count)d jobs: %(reason)s", count)
                    % {"count": count, "reason": why}
                    for why, count in reasons.most_common()
                ]
                raise ValidationError([_("Nothing was sent."), *words])
        return model


def _why_not(job: UniversalAIJob, model: str) -> str:
    try:
        jobs.check_resubmission(job, model=model, using=offers.backend_for(job, model))
    except Exception as error:  # a backend may raise whatever it likes
        return reason(error)
    return ""


def ask(
    admin: StyledAdmin[UniversalAIJob],
    request: HttpRequest,
    chosen: list[UniversalAIJob],
    form: ConfirmationForm | None = None,
) -> TemplateResponse:
    """List the jobs, what they cost last time, and what is dangerous about it."""
    total, unknown = wording.total(chosen)
    rows = [row(admin.admin_site, job) for job in chosen]
    context = {
        "title": _("Resubmit?"),
        "rows": rows,
        "is_billed": not all(row["runs_here"] for row in rows),
        "total": total,
        "unknown": unknown,
        "uncertain": sum(job.status == Status.UNCERTAIN for job in chosen),
        "at_work": sum(not job.is_finished and job.status != Status.UNCERTAIN for job in chosen),
        "form": form or ConfirmationForm(chosen),
    }
    return admin.own_page(request, TEMPLATE, context)


def row(site: AdminSite, job: UniversalAIJob) -> dict[str, Any]:
    """What a page that asks before an action tells of a job."""
    backend = backend_of(job.backend)
    return {
        "job": job,
        "url": links.job_url(site, job.pk),
        "badge": wording.status_badge(job),
        "cost": wording.cost(job.known_cost),
        "runs_here": backend is not None and backend.runs_here,
    }
