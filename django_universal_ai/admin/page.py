"""Everything that the page of one job shows."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from ..contract import redact
from ..models import Account, JobFile, UniversalAIFile, UniversalAIJob
from . import documents, links, wording
from .account_words import backend_of
from .candidates import candidates
from .columns import requested_provider
from .outlook import outlook
from .readable import text_of
from .timeline import timeline

#: Resubmissions that are listed.
MOST_CHILDREN = 50
#: Events that are listed, the newest.
MOST_EVENTS = 200


def page(site: AdminSite, request: HttpRequest, job: UniversalAIJob) -> dict[str, Any]:
    """The template's context. A fixed number of queries, whatever the job holds."""
    backend = backend_of(job.backend)
    account = Account.objects.filter(pk=backend.account).first() if backend else None
    held = documents.read(job.pk)
    output = held["output"].value if "output" in held else None
    events = list(job.events.order_by("-at")[:MOST_EVENTS])
    return {
        "job": job,
        "status_badge": wording.status_badge(job),
        "risk_badge": wording.risk_badge() if job.result_at_risk else "",
        "outlook": outlook(job, backend, account),
        "progress": None if job.is_finished else job.outlook.progress,
        "requested_provider": requested_provider(job),
        "webhook_receiver": redact(job.webhook_receiver or ""),
        "cost": wording.cost(job.cost),
        "duration": wording.duration(job.duration) if job.duration else "",
        "owner": _owner(site, job),
        "attached": links.attached_label(site, job),
        "attached_name": links.attached_name(site, request, job),
        "steps": timeline(job, events),
        "candidates": candidates(job, events),
        "text": text_of(f"{job.feature}/{job.subfeature}", output),
        "answered": _documents(site, job, held, documents.ANSWERED),
        "asked": _documents(site, job, held, documents.ASKED),
        "files": _files(site, job),
        **_family(site, job),
    }


def _owner(site: AdminSite, job: UniversalAIJob) -> str:
    if job.owner is None:
        return ""
    return links.link(links.page_url(site, type(job.owner), job.owner.pk), job.owner)


def _documents(
    site: AdminSite,
    job: UniversalAIJob,
    held: dict[str, documents.Document],
    names: tuple[str, ...],
) -> list[tuple[documents.Document, str]]:
    """The documents that hold something, each with the address of its raw JSON."""
    view = "admin:universal_ai_universalaijob_json"
    return [
        (held[name], reverse(view, args=[job.pk, name], current_app=site.name))
        for name in names
        if name in held
    ]


def _files(site: AdminSite, job: UniversalAIJob) -> list[tuple[JobFile, str]]:
    read = job.job_files.select_related("file").order_by("field")
    return [
        (item, links.link(links.page_url(site, UniversalAIFile, item.file_id), item.file.name))
        for item in read
    ]


def _family(site: AdminSite, job: UniversalAIJob) -> dict[str, Any]:
    """The job that this one repeats, and the jobs that repeat it."""
    kin = UniversalAIJob.objects.filter(Q(parent=job.pk) | Q(pk=job.parent_id))
    shown = kin.lean().defer("output", "original_response", "input", "error", "metadata")
    members = [
        {
            "job": member,
            "is_parent": member.pk == job.parent_id,
            "url": links.job_url(site, member.pk),
            "badge": wording.status_badge(member),
            "cost": wording.cost(member.cost),
        }
        for member in shown.order_by("requested_at")[: MOST_CHILDREN + 1]
    ]
    return {
        "parents": [member for member in members if member["is_parent"]],
        "children": [member for member in members if not member["is_parent"]],
    }
