"""Everything that the page of one job shows."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse

from ..contract import redact
from ..models import (
    Account,
    JobEvent,
    JobFile,
    UniversalAIFile,
    UniversalAIJob,
    WebhookReceipt,
)
from . import documents, links, wording
from .account_words import backend_of
from .candidates import candidates
from .columns import badges, feature, requested_provider
from .embedded import embedded
from .family import family
from .media import media
from .media_types import AUDIO, VIDEO
from .outlook import outlook, reason
from .readable import text_of
from .sheets import sheets
from .speakers import turns_of
from .timeline import Step, timeline

#: Events that are listed, and webhooks: the newest.
MOST_EVENTS, MOST_WEBHOOKS = 200, 50


def page(site: AdminSite, request: HttpRequest, job: UniversalAIJob) -> dict[str, Any]:
    """The template's context.

    A fixed number of queries, whatever the job holds; and one for each generation of its family.
    """
    backend = backend_of(job.backend)
    account = Account.objects.filter(pk=backend.account).first() if backend else None
    held = documents.read(job.pk)
    output, error = (held[name].value if name in held else None for name in ("output", "error"))
    events = list(job.events.order_by("-at")[:MOST_EVENTS])
    inputs = list(job.job_files.select_related("file").order_by("field"))
    files = media(site, request, inputs, output) + embedded(site, job)
    shown = {medium.field for medium in files}
    name = f"{job.feature}/{job.subfeature}"
    return {
        "job": job,
        "badges": badges(job),
        "feature": feature(job),
        "outlook": outlook(job, backend, account),
        "reason": reason(error),
        "progress": None if job.is_finished else job.outlook.progress,
        "requested_provider": requested_provider(job),
        "webhook_receiver": redact(job.webhook_receiver or ""),
        "cost": wording.cost(job.known_cost),
        "duration": wording.duration(job.duration) if job.duration else "",
        "owner": _owner(site, job),
        "attached": links.attached_label(site, job),
        "attached_name": links.attached_name(site, request, job),
        "steps": _steps(site, job, events, runs_here=bool(backend and backend.runs_here)),
        "candidates": candidates(job, events),
        "text": text_of(name, output),
        "turns": turns_of(name, output),
        "answered": _documents(site, job, held, documents.ANSWERED),
        "asked": _documents(site, job, held, documents.ASKED),
        "media_files": files,
        "recording": next((file.url for file in files if file.kind in (AUDIO, VIDEO)), ""),
        "sheets": sheets(site, name, output, files),
        "files": [(item, _file_link(site, item)) for item in inputs if item.field not in shown],
        "family": family(site, job),
    }


def _steps(
    site: AdminSite, job: UniversalAIJob, events: list[JobEvent], *, runs_here: bool
) -> list[Step]:
    came_in = job.webhooks.defer("body").order_by("-received_at")[:MOST_WEBHOOKS]
    steps = timeline(job, events, list(came_in), runs_here=runs_here)
    for step in steps:
        if step.receipt is not None:
            step.url = links.page_url(site, WebhookReceipt, step.receipt.pk) or ""
    return steps


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


def _file_link(site: AdminSite, item: JobFile) -> str:
    return links.link(links.page_url(site, UniversalAIFile, item.file_id), item.file.name)
