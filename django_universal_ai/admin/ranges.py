"""A file, or the part of it that a player asks for."""

from __future__ import annotations

import re
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

#: One range of bytes; of several, and of other units, the whole file is a valid answer.
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)


class Slice:
    """What is left of an open file up to some byte."""

    def __init__(self, content: IO[bytes], length: int) -> None:
        self._content = content
        self._left = length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._content.read(wanted)
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._content.close()


def ranged(
    request: HttpRequest, content: IO[bytes], *, content_type: str, etag: str
) -> HttpResponseBase:
    """The whole content, or with 206 the range that is asked for; closes it in the end."""
    if not content.seekable():
        return FileResponse(content, content_type=content_type)
    size = content.seek(0, 2)
    wanted = _wanted(request, etag)
    first, last = _bounds(wanted, size) if wanted else (0, size - 1)
    if first > last and wanted:
        content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    content.seek(first)
    length = last - first + 1
    response = FileResponse(
        Slice(content, length), status=206 if wanted else 200, content_type=content_type
    )
    response["Accept-Ranges"] = "bytes"
    # Else a middleware of the host that compresses answers would leave the range counting wrong.
    response["Content-Encoding"] = "identity"
    response["Content-Length"] = str(length)
    response["ETag"] = etag
    if wanted:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _wanted(request: HttpRequest, etag: str) -> tuple[str, str] | None:
    """The two ends of the range as they were written; ``None``: the whole file."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or not any(found.groups()):
        return None
    # Whoever has a part of something else must not be given a part of this.
    if request.headers.get("If-Range", etag) != etag:
        return None
    return found[1], found[2]


def _bounds(wanted: tuple[str, str], size: int) -> tuple[int, int]:
    """First and last byte; the first is behind the last where there is nothing to give."""
    first, last = wanted
    if not first:
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return 0, size - 1  # no valid range: as if there were none
    return int(first), min(int(last), size - 1) if last else size - 1
