"""Uploaded files: what they are, and how they go."""

from __future__ import annotations

import logging
import mimetypes
import threading
from contextlib import suppress
from typing import IO, Any

import filetype
from django.core.files.uploadedfile import UploadedFile
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from ..models import JobFile, UniversalAIFile, UniversalAIJob

logger = logging.getLogger("django_universal_ai")

#: The beginning of a file; ``filetype`` looks no further.
_HEAD = 8192
_UNKNOWN = "application/octet-stream"

#: PDFium keeps global state: two threads in it at once end the process.
_pdfium = threading.Lock()


def mime_type(file: UploadedFile[Any]) -> str:
    """What the content is; where it doesn't tell, what the name says. The client isn't asked."""
    file.seek(0)
    known = filetype.guess_mime(file.read(_HEAD))
    file.seek(0)
    return known or mimetypes.guess_type(file.name or "")[0] or _UNKNOWN


def details(file: UploadedFile[Any], mime: str) -> dict[str, Any]:
    """What else is worth telling: ``{"page_count": 5}`` of a PDF, where pypdfium2 is there."""
    pages = _page_count(file.file) if mime == "application/pdf" and file.file else None
    return {} if pages is None else {"page_count": pages}


def _page_count(file: IO[bytes]) -> int | None:
    try:
        from pypdfium2 import PdfDocument, PdfiumError
    except ImportError:
        return None
    try:
        with _pdfium, PdfDocument(file) as document:
            return len(document)
    except PdfiumError:
        return None  # broken or behind a password: whoever reads it will say so
    finally:
        file.seek(0)


def delete(files: QuerySet[UniversalAIFile]) -> int:
    """Delete files for good: no new job can read them, and their content goes.

    The content that an unfinished job still has to read stays until that job ended. The row of a
    file that a job has read stays, without content, as part of the job's story. Returns how many
    files were deleted.
    """
    chosen = list(files)
    ids = [file.pk for file in chosen]
    UniversalAIFile.objects.filter(pk__in=ids).update(expires_at=timezone.now())
    unfinished = UniversalAIJob.objects.unfinished()
    needed = set(
        JobFile.objects.filter(file__in=ids, job__in=unfinished).values_list("file_id", flat=True)
    )
    for file in chosen:
        if file.pk not in needed:
            _remove(file)
    return len(chosen)


def _remove(file: UniversalAIFile) -> None:
    try:
        file.file.delete(save=False)
    except OSError:
        logger.exception("file %s: its content can't be removed", file.pk)
        return
    with suppress(ProtectedError):  # a job has read it
        UniversalAIFile.objects.filter(pk=file.pk).delete()
