"""Giving up: a person says that nobody waits for an uncertain job any more."""

from __future__ import annotations

import uuid
from collections import Counter

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import jobs
from ..models import Status, UniversalAIJob
from . import audit, delivering
from .reasons import reason_field


class GiveUpForm(forms.Form):
    """Why, for those who find the failed job later."""

    reason = reason_field(
        gettext_lazy(
            "It becomes the job's error: whoever may see the job reads it, and so do the "
            "receivers of its signal."
        )
    )


def give_up(request: HttpRequest, chosen: list[UniversalAIJob], reason: str) -> None:
    """Fail the uncertain ones of the jobs, log it, deliver their signals, say what came of it."""
    given_up: list[UniversalAIJob] = []
    for job in chosen:
        if jobs.give_up(job, reason):
            given_up.append(job)
    audit.changed(request, given_up, _("Given up: %(reason)s") % {"reason": reason})
    delivering.deliver_now(given_up)
    if given_up:
        words = ngettext(
            "%(count)d job was given up: it failed for good.",
            "%(count)d jobs were given up: they failed for good.",
            len(given_up),
        )
        messages.success(request, words % {"count": len(given_up)})
    done = {job.pk for job in given_up}
    for words in skipped([job for job in chosen if job.pk not in done]):
        messages.warning(request, words)


def skipped(chosen: list[UniversalAIJob]) -> list[str]:
    """Why each of these isn't given up, counted by reason; uncertain ones don't count."""
    # As they are now: the other half of a double click may just have given them up.
    rows = UniversalAIJob.objects.filter(pk__in=[job.pk for job in chosen])
    now = list(rows.exclude(status=Status.UNCERTAIN).only("status"))
    before = set(_given_up(now))
    reasons = Counter("" if job.pk in before else str(job.get_status_display()) for job in now)
    return [_skipped_for(why, count) for why, count in sorted(reasons.items())]


def _given_up(rows: list[UniversalAIJob]) -> list[uuid.UUID]:
    failed = [job.pk for job in rows if job.status == Status.FAIL]
    found = UniversalAIJob.objects.filter(pk__in=failed, error__type="given_up")
    return list(found.values_list("pk", flat=True))


def _skipped_for(status: str, count: int) -> str:
    if not status:
        words = ngettext(
            "%(count)d job had been given up before.",
            "%(count)d jobs had been given up before.",
            count,
        )
    else:
        words = ngettext(
            "%(count)d job is skipped, its status is “%(status)s”: only a job whose outcome is "
            "unknown can be given up.",
            "%(count)d jobs are skipped, their status is “%(status)s”: only jobs whose outcome is "
            "unknown can be given up.",
            count,
        )
    return words % {"count": count, "status": status}
