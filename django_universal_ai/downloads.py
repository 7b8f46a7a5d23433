"""Files that came out of jobs: stored privately, and given to whoever has their link.

A link is like the ones that services give out: it needs no login, can't be guessed, and ends when
the file expires or is deleted.
"""

from __future__ import annotations

import mimetypes
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from .models import UniversalAIFile

#: ``UniversalAIFile.purpose`` of files that came out of a job.
OUTPUT = "output"

_signer = Signer(salt="django_universal_ai.downloads", sep=".")


def store(path: Path, *, owner: Any, seconds: float) -> UniversalAIFile:
    """Keep a file that came out of a job; it expires in ``seconds``."""
    return UniversalAIFile.objects.store(
        path,
        owner=owner,
        content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        purpose=OUTPUT,
        expires_at=timezone.now() + timedelta(seconds=seconds),
    )


def link_to(file: UniversalAIFile, root: str | None) -> str:
    """The file's address, below the public ``root`` of this site; without it, a mere path."""
    path = reverse("universal_ai:file", args=[_signer.sign(str(file.pk))])
    return (root or "").rstrip("/") + path


def file_id_of(link: str) -> uuid.UUID | None:
    """Which file a link is to; ``None`` where it isn't one of ours."""
    token = link.partition("?")[0].rstrip("/").rpartition("/")[2]
    try:
        return uuid.UUID(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None


@login_not_required
@transaction.non_atomic_requests
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file that a link names. 404 for what was not signed here, has expired or is gone."""
    try:
        pk = uuid.UUID(_signer.unsign(token))
        file = UniversalAIFile.objects.living().get(pk=pk, purpose=OUTPUT)
        content = file.open()
    except (BadSignature, ValidationError, ValueError, OSError, UniversalAIFile.DoesNotExist):
        raise Http404("There is no such file (any more).") from None
    response = FileResponse(content, filename=file.name, content_type=file.content_type)
    # A provider made it, from a stranger's words: no browser may take it for a page of this site.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; media-src 'self'"
    response["Cache-Control"] = "private"
    return response
