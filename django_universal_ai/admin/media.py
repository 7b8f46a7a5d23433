"""The recordings, pictures and documents of a job, as a browser shows them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import downloads
from ..models import JobFile, UniversalAIFile
from . import links
from .media_types import kind_of

#: Characters of a value of an output that may be a link to a file of ours.
MOST_LINK = 500
#: Files that are shown.
MOST = 20


@dataclass(frozen=True, slots=True)
class Medium:
    """One file, and how to show it."""

    name: str
    #: Bytes.
    size: int
    #: ``audio``, ``image``, ``video`` or ``pdf``; empty where it can only be downloaded.
    kind: str
    url: str
    #: What it is to the job: an input, or a part of the result.
    role: str = ""
    #: The input that it is; empty for a file of the result.
    field: str = ""
    #: Where it is stored, and the page of that row.
    file: UniversalAIFile | None = None
    page_url: str | None = None


def media(
    site: AdminSite, request: HttpRequest, inputs: Iterable[JobFile], output: Any
) -> list[Medium]:
    """The files of a job whose content is still there, for who may see files."""
    registered = site._registry.get(UniversalAIFile)
    if registered is None or not registered.has_view_permission(request):
        return []
    chosen = [
        (link.file, _("Input: %(name)s") % {"name": link.field}, link.field) for link in inputs
    ]
    chosen += [
        (file, _("Result: %(name)s") % {"name": name}, "") for name, file in _results(output)
    ]
    return [
        stored(site, file, role=role, field=field)
        for file, role, field in chosen[:MOST]
        if file.file.name
    ]


def stored(site: AdminSite, file: UniversalAIFile, *, role: str = "", field: str = "") -> Medium:
    """A stored file, and where its content is."""
    view = "admin:universal_ai_universalaifile_content"
    return Medium(
        name=file.name,
        size=file.size,
        kind=kind_of(file.content_type, file.name),
        url=reverse(view, args=[file.pk], current_app=site.name),
        role=role,
        field=field,
        file=file,
        page_url=links.page_url(site, UniversalAIFile, file.pk) if role else None,
    )


def _results(output: Any) -> list[tuple[str, UniversalAIFile]]:
    """The files that the output has links to: those that we signed. A query where there are any."""
    named: dict[str, uuid.UUID] = {}
    for name, value in list(output.items())[:100] if isinstance(output, dict) else ():
        if isinstance(value, str) and "/" in value and len(value) <= MOST_LINK:
            file_id = downloads.file_id_of(value)
            if file_id is not None:
                named[str(name)] = file_id
    if not named:
        return []
    mine = UniversalAIFile.objects.living().filter(purpose=downloads.OUTPUT)
    found = mine.in_bulk(list(named.values()))
    return [(name, found[file_id]) for name, file_id in named.items() if file_id in found]
