"""One JSON field of a job as a file."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse

from . import documents
from .streaming import download_headers


def download(pk: uuid.UUID, name: str) -> HttpResponse:
    """The field as the database holds it; never shown by a browser, whatever is in it."""
    if name not in (*documents.ANSWERED, *documents.ASKED):
        raise Http404
    text = documents.raw(pk, name)
    if text is None:
        raise Http404
    return HttpResponse(
        text,
        content_type="application/json",
        headers=download_headers(f"{pk}-{name}.json"),
    )
