"""The content of a stored file, for people in the admin: shown where that is safe."""

from __future__ import annotations

from typing import IO

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from ..models import UniversalAIFile
from . import media_types
from .ranges import ranged

_DOWNLOAD = "application/octet-stream"
_PDF = "application/pdf"


def serve(request: HttpRequest, file: UniversalAIFile) -> HttpResponseBase:
    """The file, or a range of it; 404 where its content is gone."""
    try:
        return answer(request, file.open(), name=file.name, etag=f'"{file.pk}"')
    except (OSError, ValueError):
        raise Http404("Its content isn't there (any more).") from None


def answer(request: HttpRequest, content: IO[bytes], *, name: str, etag: str) -> HttpResponseBase:
    """Open content, or a range of it.

    What it is, its first bytes say: a page that calls itself a picture is downloaded, not shown.
    """
    shown = None
    if content.seekable():
        shown = media_types.content_type_of(content.read(media_types.HEAD))
        content.seek(0)
    response = ranged(request, content, content_type=shown or _DOWNLOAD, etag=etag)
    is_download = shown is None or "download" in request.GET
    if disposition := content_disposition_header(is_download, name):
        response["Content-Disposition"] = disposition
    for header, value in _guards(shown).items():
        response[header] = value
    return response


def _guards(shown: str | None) -> dict[str, str]:
    """Whatever is in it, no browser takes it for a page of this site."""
    guards = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-cache",
    }
    if shown == _PDF:
        # Browsers refuse to show a document in a sandbox; their viewers run it in one of their own.
        return guards | {"X-Frame-Options": "SAMEORIGIN"}
    policy = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'"
    return guards | {"Content-Security-Policy": f"{policy}; style-src 'unsafe-inline'"}
