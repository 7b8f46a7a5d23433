"""The action Resubmit: asking for the same again, exactly once for each confirmation."""

from __future__ import annotations

import logging
import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import jobs
from ..models import UniversalAIJob
from . import audit, offers
from .results import Failures

logger = logging.getLogger("django_universal_ai")


def resubmit(
    request: HttpRequest, chosen: list[UniversalAIJob], token: uuid.UUID, model: str = ""
) -> list[UniversalAIJob]:
    """Resubmit the jobs and say so, with another ``model`` where one is given; returns the rows.

    ``token`` is the confirmation's: the same one again gives the same rows and sends nothing.
    """
    new: list[UniversalAIJob] = []
    repeated: list[UniversalAIJob] = []
    failures = Failures()
    for job in chosen:
        try:
            copy, is_new = _once(job, f"admin:{token}:{job.pk}", model)
        except Exception as error:  # of one job; the others go on
            logger.warning("job %s couldn't be resubmitted", job.pk, exc_info=True)
            failures.add(error)
            continue
        if not is_new:
            repeated.append(copy)
            continue
        new.append(copy)
        words = {"id": copy.pk, "model": copy.requested_model}
        audit.changed(request, [job], _("Resubmitted as %(id)s, with %(model)s.") % words)
        audit.added(request, copy, _("Resubmission of %(id)s.") % {"id": job.pk})
    _tell(request, len(new), len(repeated))
    failures.tell(request)
    return new + repeated


def _once(job: UniversalAIJob, key: str, model: str) -> tuple[UniversalAIJob, bool]:
    """The copy that the key stands for, and whether it was made just now."""
    if earlier := _made_before(job, key):
        return earlier, False
    made: list[UniversalAIJob] = []
    using = offers.backend_for(job, model) if model else None
    # The same confirmation twice at the same time gives both the same row, made by one of them.
    copy = jobs.resubmit(
        job, model=model or None, using=using, idempotency_key=key, before_commit=made.append
    )
    return copy, copy in made


def _made_before(job: UniversalAIJob, key: str) -> UniversalAIJob | None:
    found: UniversalAIJob | None = job.resubmissions.filter(idempotency_key=key).first()
    return found


def _tell(request: HttpRequest, new: int, repeated: int) -> None:
    if new:
        words = ngettext("%(count)d job was resubmitted.", "%(count)d jobs were resubmitted.", new)
        messages.success(request, words % {"count": new})
    if repeated:
        words = ngettext(
            "%(count)d job had been resubmitted by the same confirmation: it isn't sent twice.",
            "%(count)d jobs had been resubmitted by the same confirmation: they aren't sent twice.",
            repeated,
        )
        messages.info(request, words % {"count": repeated})
