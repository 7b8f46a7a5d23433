"""The front page: files come in here, and their documents are listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_POST

from django_universal_ai.models import UniversalAIJob

from ...accounts import budgets
from .. import intake, kinds
from ..forms import LARGEST, DocumentForm
from ..models import Document
from ..visitors import documents_for, owner_of, visitor

#: Documents on the front page.
NEWEST = 20
#: The shipped samples: file, kind, title.
SAMPLES = {
    "scan": ("scan.pdf", kinds.PAPER, "Scanned minutes (sample)"),
    "speech": ("speech.wav", kinds.RECORDING, "Spoken sentence (sample)"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    name: str
    document: Document | None = None
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the page's script."""
        if self.document is None:
            return {"name": self.name, "errors": self.errors}
        return {"name": self.name, "url": self.document.get_absolute_url()}


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The front page; POST takes files in, each as a document with a job of its own.

    Good files are taken in, whatever is wrong with the others. The page's script asks for JSON:
    ``{"files": [{"name", "url"}, {"name", "errors"}]}``, 201 where any file was taken, else 422.
    """
    if request.method != "POST":
        return _page(request, [])
    files: list[Any] = [*request.FILES.getlist("file")] or [None]
    outcomes = [_bring(request, file) for file in files]
    taken = [outcome.document for outcome in outcomes if outcome.document]
    refused = [outcome for outcome in outcomes if outcome.errors]
    if request.headers.get("Accept") == "application/json":
        answer = {"files": [outcome.as_json() for outcome in outcomes]}
        return JsonResponse(answer, status=201 if taken else 422)
    if not taken:
        return _page(request, refused)
    for outcome in refused:
        messages.error(request, f"{outcome.name}: {' '.join(outcome.errors)}")
    return redirect(taken[0]) if len(outcomes) == 1 else redirect("documents:home")


def _page(request: HttpRequest, refused: list[Outcome]) -> HttpResponse:
    jobs = Prefetch("jobs", UniversalAIJob.objects.lean())  # lists need no results
    context = {
        "form": DocumentForm(request.POST or None),
        "refused": refused,
        "largest": LARGEST,
        "offline_only": not kinds.has_key(),
        "documents": documents_for(request).prefetch_related(jobs)[:NEWEST],
    }
    if owner := owner_of(request):
        context["standing"] = budgets.standing(owner)
    return render(request, "documents/home.html", context, status=422 if refused else 200)


@require_POST
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """Take in one of the shipped samples."""
    if name not in SAMPLES:
        raise Http404
    file_name, kind, title = SAMPLES[name]
    try:
        document = intake.take_in(intake.SAMPLES / file_name, kind, title=title, **_whose(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("documents:home")
    return redirect(document)


def _bring(request: HttpRequest, file: Any) -> Outcome:
    """Take in an uploaded file; ``None`` is refused in words as well."""
    form = DocumentForm(request.POST, MultiValueDict({"file": [file]} if file else {}))
    name = file.name if file else ""
    if form.is_valid():
        try:
            return Outcome(
                name,
                intake.take_in(
                    form.cleaned_data["file"],
                    form.cleaned_data["kind"],
                    title=name,
                    provider=form.cleaned_data["provider"],
                    **_whose(request),
                ),
            )
        except ValidationError as error:
            form.add_refusal(error)
    return Outcome(name, errors=form.complaints)


def _whose(request: HttpRequest) -> dict[str, Any]:
    owner = owner_of(request)
    return {"owner": owner} if owner else {"visitor": visitor(request)}
