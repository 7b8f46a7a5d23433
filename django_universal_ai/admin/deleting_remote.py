"""The action Delete at the service: what it does, to which jobs, and why not to others."""

from __future__ import annotations

import logging
import time
from collections import Counter

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import jobs
from ..models import UniversalAIJob
from . import audit
from .account_words import backend_of
from .results import Failures

logger = logging.getLogger("django_universal_ai")

#: Seconds that a person waits for the service; what is left then isn't touched.
PATIENCE = 15.0


def delete(request: HttpRequest, chosen: list[UniversalAIJob]) -> None:
    """Delete at the service what can be deleted there, log it, and say what came of it."""
    able, reasons = sorted_out(chosen)
    done: list[UniversalAIJob] = []
    failures = Failures()
    stop_at = time.monotonic() + PATIENCE
    while able and time.monotonic() < stop_at:
        job = able.pop(0)
        try:
            jobs.delete_remote(job)
        except Exception as error:  # a backend may raise whatever it likes; the others go on
            logger.warning("job %s couldn't be deleted at the service", job.pk, exc_info=True)
            failures.add(error)
        else:
            done.append(job)
    audit.changed(request, done, _("Deleted at the service."))
    if done:
        words = ngettext(
            "%(count)d job was deleted at the service; its row here stays.",
            "%(count)d jobs were deleted at the service; their rows here stay.",
            len(done),
        )
        messages.success(request, words % {"count": len(done)})
    for words in skipped(reasons):
        messages.warning(request, words)
    if able:
        words = ngettext(
            "%(count)d job isn't deleted yet: there was no time for it. Do it again for it.",
            "%(count)d jobs aren't deleted yet: there was no time for them. Do it again for them.",
            len(able),
        )
        messages.warning(request, words % {"count": len(able)})
    failures.tell(request)


def sorted_out(chosen: list[UniversalAIJob]) -> tuple[list[UniversalAIJob], Counter[str]]:
    """The jobs that can be deleted, and how many can't, by reason."""
    deleted = jobs.deleted_remotely(chosen)
    able: list[UniversalAIJob] = []
    reasons: Counter[str] = Counter()
    for job in chosen:
        if job.pk in deleted:
            reasons["deleted"] += 1
        elif reason := why_not(job):
            reasons[reason] += 1
        else:
            able.append(job)
    return able, reasons


def why_not(job: UniversalAIJob) -> str:
    """Why nothing of the job can be deleted at a service; empty where it can."""
    backend = backend_of(job.backend)
    if backend is None:
        return "gone"
    if not backend.can_delete:
        return "here"
    return "" if job.public_id else "unsent"


def skipped(reasons: Counter[str]) -> list[str]:
    """A sentence for each reason."""
    return [_sentence(reason, count) % {"count": count} for reason, count in reasons.items()]


def _sentence(reason: str, count: int) -> str:
    if reason == "deleted":
        return ngettext(
            "%(count)d job is skipped: it was deleted at the service before.",
            "%(count)d jobs are skipped: they were deleted at the service before.",
            count,
        )
    if reason == "gone":
        return ngettext(
            "%(count)d job is skipped: its backend isn't in the settings any more.",
            "%(count)d jobs are skipped: their backends aren't in the settings any more.",
            count,
        )
    if reason == "here":
        return ngettext(
            "%(count)d job is skipped: its backend keeps nothing that could be deleted.",
            "%(count)d jobs are skipped: their backends keep nothing that could be deleted.",
            count,
        )
    return ngettext(
        "%(count)d job is skipped: it has no id at a service.",
        "%(count)d jobs are skipped: they have no id at a service.",
        count,
    )
