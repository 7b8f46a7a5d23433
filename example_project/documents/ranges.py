"""Parts of a file, as players ask for them: without, a browser can't jump within a recording.

Django's own answers have no byte ranges.
"""

from __future__ import annotations

import re
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse

#: ``bytes=100-199``, ``bytes=100-``, ``bytes=-100``. Several ranges at once are answered with all.
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Part:
    """So many bytes of an open file, from where it stands."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        content = self._file.read(wanted)
        self._left -= len(content)
        return content

    def close(self) -> None:
        self._file.close()


def file_response(
    request: HttpRequest, file: IO[bytes], size: int, **named: Any
) -> HttpResponse | FileResponse:
    """The file, or the part of it that the request's ``Range`` names. Closes it at the end.

    ``named`` goes to Django's ``FileResponse``.
    """
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        response = FileResponse(file, **named)
    elif span.start >= span.stop:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        file.seek(span.start)
        part = Part(file, len(span))
        response = FileResponse(part, status=206, **named)
        response["Content-Length"] = str(len(span))
        response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    return response


def _span(header: str, size: int) -> range | None:
    """Which bytes are asked for: none of them where there are none, ``None`` for all."""
    match = RANGE.fullmatch(header.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)
