"""Fetching a file that a job is to read."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit

from .. import __version__
from ..exceptions import OutwardError, Unreachable
from .calling import Answer, calling
from .conf import outward_settings
from .target import parse

#: Seconds for a whole file, and for one pause of the other side.
SECONDS, SILENCE = 300.0, 15.0
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def download(
    url: str, into: IO[bytes], *, on_chunk: Callable[[], None] = lambda: None
) -> tuple[str, str]:
    """Write what is at ``url`` into a file; gives its name and content type.

    ``on_chunk`` is called now and then, at least every ``SILENCE`` seconds or so.

    Raises :class:`~django_universal_ai.exceptions.Unreachable` where another try may work,
    another :class:`~django_universal_ai.exceptions.OutwardError` where it won't.
    """
    headers = {"User-Agent": f"django-universal-ai/{__version__}", "Accept": "*/*"}
    on_chunk()
    with calling("GET", url, headers=headers, seconds=SECONDS, silence=SILENCE) as answer:
        _check(answer, parse(url).origin)
        _copy(answer, into, on_chunk)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _name(url, kind), kind


def _check(answer: Answer, origin: str) -> None:
    status = answer.status
    if status == HTTPStatus.OK:
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise OutwardError(f"{origin} sent the file packed ({encoding}), unasked.")
        return
    if status in _AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"{origin} answered {status}.")
    if 300 <= status < 400:
        raise OutwardError(f"{origin} answered {status}: redirects aren't followed.")
    raise OutwardError(f"{origin} answered {status}.")


def _copy(answer: Answer, into: IO[bytes], on_chunk: Callable[[], None]) -> None:
    limit = outward_settings().MAX_FILE_BYTES
    too_large = OutwardError(f"The file is larger than {limit} bytes.")
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise too_large
    size = 0
    for chunk in answer.chunks:
        size += len(chunk)
        if size > limit:
            raise too_large
        into.write(chunk)
        on_chunk()


def _name(url: str, kind: str) -> str:
    """The last part of the path; decoders look at its suffix, so it gets one."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name or "file"
    return name if PurePosixPath(name).suffix else name + (mimetypes.guess_extension(kind) or "")
