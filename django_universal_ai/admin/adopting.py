"""Adopting an id: a person says which job at the service is this one."""

from __future__ import annotations

import logging

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import jobs
from ..models import Status, UniversalAIJob
from . import audit, delivering
from .results import reason

logger = logging.getLogger("django_universal_ai")


class AdoptForm(forms.Form):
    """The id that the service shows for an uncertain job."""

    public_id = forms.CharField(
        label=gettext_lazy("Id at the service"),
        max_length=255,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the id that the service shows for it.")},
    )

    def __init__(self, job: UniversalAIJob, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.job = job

    def clean_public_id(self) -> str:
        public_id: str = self.cleaned_data["public_id"]
        if not public_id.isprintable():
            raise ValidationError(_("The id holds characters that can't be printed."))
        same = UniversalAIJob.objects.filter(backend=self.job.backend, public_id=public_id)
        if other := same.exclude(pk=self.job.pk).values_list("pk", flat=True).first():
            raise ValidationError(_("Job %(id)s has this id already.") % {"id": other})
        return public_id


def adopt(request: HttpRequest, job: UniversalAIJob, public_id: str) -> bool:
    """Give the job its id, and say what came of it. ``False`` where that is worth another try."""
    if job.status != Status.UNCERTAIN:
        _tell(request, job, public_id)
        return True
    try:
        adopted = jobs.adopt_id(job, public_id)
    except Exception as error:  # a backend may raise whatever it likes
        logger.warning("job %s couldn't adopt an id", job.pk, exc_info=True)
        messages.error(request, reason(error))
        return False
    job.refresh_from_db()
    if job.status == Status.UNCERTAIN:
        messages.error(request, _("Another job took this id a moment ago. Nothing was changed."))
        return False
    if adopted:
        audit.changed(request, [job], _("Adopted the id %(id)s.") % {"id": public_id})
        delivering.deliver_now([job])
    _tell(request, job, public_id)
    return True


def _tell(request: HttpRequest, job: UniversalAIJob, public_id: str) -> None:
    """Where the job stands: the same after the second click as after the first."""
    state = {"status": job.get_status_display()}
    if job.public_id == public_id:
        messages.success(request, _("The job has its id now. Its status: %(status)s.") % state)
    else:
        words = _("The job needs no id any more. Its status: %(status)s. Nothing was changed.")
        messages.warning(request, words % state)
