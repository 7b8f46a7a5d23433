from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import (
    conditional_page,
    require_GET,
    require_http_methods,
    require_POST,
)

from django_universal_ai.models import UniversalAIFile, UniversalAIJob

from . import intake, kinds
from .forms import LARGEST, DocumentForm
from .models import Document
from .reading import pages_of, state_of
from .visitors import documents_for, owner_of, visitor

#: Documents on the front page.
NEWEST = 20
#: The shipped samples: file, kind, title.
SAMPLES = {
    "scan": ("scan.pdf", kinds.PAPER, "Scanned minutes (sample)"),
    "speech": ("speech.wav", kinds.RECORDING, "Spoken sentence (sample)"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The front page; POST takes a file in and goes on to its page.

    The page's script asks for JSON: 201 with the address, or 422 with the errors by field.
    """
    posted = request.method == "POST"
    form = DocumentForm(request.POST, request.FILES) if posted else DocumentForm()
    by_script = request.headers.get("Accept") == "application/json"
    if posted:
        if document := _take_in(request, form):
            url = document.get_absolute_url()
            return JsonResponse({"url": url}, status=201) if by_script else redirect(url)
        if by_script:
            return JsonResponse({"errors": form.errors}, status=422)
    jobs = Prefetch("jobs", UniversalAIJob.objects.lean())  # lists need no results
    context = {
        "form": form,
        "largest": LARGEST,
        "offline_only": not kinds.has_key(),
        "documents": documents_for(request).prefetch_related(jobs)[:NEWEST],
    }
    status = 422 if form.errors else 200
    return render(request, "documents/home.html", context, status=status)


@require_POST
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """Take in one of the shipped samples."""
    if name not in SAMPLES:
        raise Http404
    file_name, kind, title = SAMPLES[name]
    document = intake.take_in(intake.SAMPLES / file_name, kind, title=title, **_whose(request))
    return redirect(document)


@require_GET
@cache_control(private=True, no_cache=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the job is, and then what it read."""
    document = _get(request, pk)
    job = document.job
    context: dict[str, Any] = {"document": document, "job": job, "settled": _is_settled(document)}
    if job is not None:
        upload = document.upload
        context |= {
            "state": state_of(job),
            "pages": pages_of(job) if job.is_finished else [],
            "upload": upload,
            "looks": _looks(upload) if upload else "",
        }
    return render(request, "documents/detail.html", context)


@require_GET
@cache_control(private=True, no_cache=True)
@conditional_page
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page's script asks for again and again; 304 while nothing changed."""
    document = _get(request, pk)
    job = document.job
    if job is None:
        raise Http404
    state = state_of(job)
    return JsonResponse(
        {
            "status": job.status,
            "words": state.words,
            "detail": state.detail,
            "percent": state.percent,
            "settled": _is_settled(document),
        }
    )


@require_GET
@cache_control(private=True)
def original(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The uploaded file, under the type that its bytes tell; what they don't tell isn't shown."""
    upload = _get(request, pk).upload
    if upload is None:
        raise Http404
    try:
        file = upload.open()
    except OSError as error:  # its owner deleted it over the API
        raise Http404 from error
    media = kinds.media_type(file)
    known = kinds.kind_of(media) is not None
    return FileResponse(
        file,
        filename=upload.name,
        as_attachment=not known,
        content_type=media if known else "application/octet-stream",
    )


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for what failed."""
    document = _get(request, pk)
    intake.try_again(document)
    return redirect(document)


def _take_in(request: HttpRequest, form: DocumentForm) -> Document | None:
    if not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    try:
        return intake.take_in(
            file,
            form.cleaned_data["kind"],
            title=file.name,
            provider=form.cleaned_data["provider"],
            **_whose(request),
        )
    except ValidationError as error:
        form.add_refusal(error)
        return None


def _whose(request: HttpRequest) -> dict[str, Any]:
    owner = owner_of(request)
    return {"owner": owner} if owner else {"visitor": visitor(request)}


def _get(request: HttpRequest, pk: int) -> Document:
    return get_object_or_404(documents_for(request), pk=pk)


def _is_settled(document: Document) -> bool:
    """Whether the page changes no more: the job ended, and its signal has arrived."""
    job = document.job
    return job is None or (job.is_finished and bool(document.note))


def _looks(upload: UniversalAIFile) -> str:
    """How the original can be shown on the page: ``audio``, ``image`` or not at all."""
    try:
        with upload.open() as file:
            media = kinds.media_type(file)
    except OSError:
        return ""
    if media in kinds.IMAGES - {"image/tiff"}:
        return "image"
    return "audio" if kinds.kind_of(media) is kinds.RECORDING else ""
