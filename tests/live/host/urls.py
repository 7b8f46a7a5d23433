from __future__ import annotations

import os

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import include, path

from django_universal_ai.models import UniversalAIJob

from . import counting


@login_not_required
def watch(request: HttpRequest, pk: str) -> HttpResponse:
    """The host's page about a job; its query has the options of the tag."""
    context = {
        "jobs": [get_object_or_404(UniversalAIJob, pk=each) for each in pk.split(",")],
        "signed": request.GET.get("signed", ""),
        "htmx": "htmx" in request.GET,
        "reload": "reload" in request.GET,
        "theme": request.GET.get("theme", ""),
    }
    return render(request, "watch.html", context)


@login_not_required
def counted(request: HttpRequest) -> JsonResponse:
    """How much this process has cost so far."""
    return JsonResponse({"queries": counting.queries, "process": os.getpid()})


urlpatterns = [
    path("counted/", counted),
    path("watch/<str:pk>/", watch),
    path("universal-ai/", include("django_universal_ai.urls")),
]
