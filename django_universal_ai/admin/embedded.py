"""A picture or a video that an output holds as base64 text, as the file that it is."""

from __future__ import annotations

import base64
import binascii
import io
import mimetypes
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Length, Substr
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from ..models import UniversalAIJob
from . import file_content, media_types
from .media import Medium
from .media_types import HEAD, kind_of

#: Which key of the output holds it.
KEYS = {
    "image/anonymization": "image",
    "image/background_removal": "image_b64",
    "image/generation": "image",
    "video/generation_async": "video",
}
#: Characters that are read of its beginning: whole groups of four, past the prefix of a data URL.
_BEGINNING = 400


def embedded(site: AdminSite, job: UniversalAIJob) -> list[Medium]:
    """What the job's output holds, to be shown; a query for the features that may hold any."""
    key = KEYS.get(f"{job.feature}/{job.subfeature}")
    if key is None or not job.is_finished:
        return []
    text = KeyTextTransform(key, "output")
    row = UniversalAIJob.objects.filter(pk=job.pk).values_list(
        Substr(text, 1, _BEGINNING), Length(text)
    )
    beginning, length = row.get()
    content_type = media_types.content_type_of(_decoded(beginning)[:HEAD])
    if content_type is None:
        return []
    view = "admin:universal_ai_universalaijob_embedded"
    name = _name(key, content_type)
    return [
        Medium(
            name=name,
            size=length * 3 // 4,
            role=_("Result: %(name)s") % {"name": key},
            kind=kind_of(content_type, name),
            url=reverse(view, args=[job.pk], current_app=site.name),
        )
    ]


def serve(request: HttpRequest, job: UniversalAIJob) -> HttpResponseBase:
    """What the output holds; 404 where it holds nothing that a browser may show."""
    key = KEYS.get(f"{job.feature}/{job.subfeature}")
    if key is None:
        raise Http404
    text = UniversalAIJob.objects.filter(pk=job.pk).values_list(KeyTextTransform(key, "output"))
    content = _decoded(text.get()[0])
    content_type = media_types.content_type_of(content[:HEAD])
    if content_type is None:
        raise Http404
    name, etag = _name(key, content_type), f'"{job.pk}-{key}"'
    return file_content.answer(request, io.BytesIO(content), name=name, etag=etag)


def _name(key: str, content_type: str) -> str:
    return f"{key}{mimetypes.guess_extension(content_type) or ''}"


def _decoded(text: Any) -> bytes:
    """The bytes of base64 text, whole groups only; nothing where it is something else."""
    if not isinstance(text, str):
        return b""
    if text.startswith("data:"):
        text = text.partition("base64,")[2]
    try:
        return base64.b64decode(text[: len(text) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return b""
