"""What uploaded files are."""

from __future__ import annotations

import mimetypes
import threading
from typing import IO, Any

import filetype
from django.core.files.uploadedfile import UploadedFile

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
