"""The page of a document: how far its job is, and then what was read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from django_universal_ai.models import Status, UniversalAIFile, UniversalAIJob

from .. import intake, kinds
from ..models import Document
from ..pages import pages_of
from ..reading import failure_of, texts_of
from ..transcript import phrases_of
from ..visitors import documents_for, documents_of

#: Pages of a document that are shown at once: each word is an element, and twice so.
PAGES = 10


def find(request: HttpRequest, pk: int) -> Document:
    """The document, if whoever asks may see it; a 404 otherwise."""
    return get_object_or_404(documents_for(request), pk=pk)


@require_GET
@cache_control(private=True, no_cache=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the job is, and then what it read."""
    document = find(request, pk)
    job = document.job
    context: dict[str, Any] = {"document": document, "job": job}
    if job is not None:
        upload = document.upload
        looks = _looks(upload) if upload else ""
        context |= {"upload": upload, "looks": looks}
        if job.status == Status.FAIL:
            context["failure"] = failure_of(job)
            context["may_retry"] = documents_of(request).filter(pk=pk).exists()
        elif job.is_finished:
            context |= _read(job, request.GET.get("page"))
    return render(request, "documents/detail.html", context)


def _read(job: UniversalAIJob, wanted: str | None) -> dict[str, Any]:
    """What was read, with the places of its words where they are known, else as plain text."""
    if pages := pages_of(job):
        return {"pages": Paginator(pages, PAGES).get_page(wanted)}
    if phrases := phrases_of(job):
        speakers = {phrase.speaker for phrase in phrases}
        return {"phrases": phrases, "many_speak": len(speakers) > 1}
    return {"texts": texts_of(job)}


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for what failed: at the cost of who brought it, so nobody else may."""
    document = get_object_or_404(documents_of(request), pk=pk)
    try:
        intake.try_again(document)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(document)


def _looks(upload: UniversalAIFile) -> str:
    """How the original can be shown on the page: ``audio``, ``picture``, or not at all."""
    try:
        with upload.open() as file:
            kind = kinds.kind_of(kinds.media_type(file))
    except OSError:
        return ""
    return {kinds.RECORDING: "audio", kinds.PAPER: "picture"}.get(kind, "") if kind else ""
