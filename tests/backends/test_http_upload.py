from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import IO, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.exceptions import InvalidInput, NotSent, OutcomeUnknown, Rejected
from tests.upstream import Upstream

CONTENT = bytes(range(256)) * 1024 + b"\r\n--not-the-end\r\n"
UNKNOWN = "application/octet-stream"


def test_a_file_arrives_as_it_is(http: HTTPBackend, upstream: Upstream) -> None:
    info = http.upload(
        io.BytesIO(CONTENT),
        name='a/b/Über "maß".pdf',
        content_type="application/x-odd",
        purpose="invoices",
        expires_in_days=3,
    )
    stored = upstream.service.uploads[info.file_id]
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert info.file_name == "Über %22maß%22.pdf"
    assert info.file_mimetype == "application/x-odd"
    assert info.purpose == "invoices"
    assert info.expires_at
    assert info.expires_at - info.created_at == timedelta(days=3)


@pytest.mark.parametrize(
    ("name", "mime"),
    [("a.pdf", "application/pdf"), ("a.unheard-of", UNKNOWN), ("", UNKNOWN)],
)
def test_a_type_that_is_not_given_is_told_by_the_name(
    http: HTTPBackend, name: str, mime: str
) -> None:
    info = http.upload(io.BytesIO(b"x"), name=name)
    assert (info.file_name, info.file_mimetype) == (name or "file", mime)


def test_the_whole_file_is_sent_wherever_it_stands(http: HTTPBackend) -> None:
    file = io.BytesIO(b"12345")
    file.read()
    assert http.upload(file, name="x").file_size == 5


def test_a_file_of_django_is_a_file(http: HTTPBackend) -> None:
    assert http.upload(SimpleUploadedFile("x", b"123"), name="x").file_size == 3


class Stream(io.RawIOBase, IO[bytes]):
    """Can be read once, and doesn't know how long it is."""

    def __init__(self, pieces: list[Any]) -> None:
        self.pieces = pieces

    def read(self, size: int = -1) -> bytes:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return bytes(piece)


def test_a_stream_without_a_length_arrives(http: HTTPBackend, upstream: Upstream) -> None:
    assert http.upload(Stream([b"123", b"45"]), name="x").file_size == 5
    assert upstream.ledger.requests()[0].headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize("error", [OSError("disk on fire"), ValueError("closed file")])
def test_a_file_that_cannot_be_read_is_not_sent(
    http: HTTPBackend, upstream: Upstream, error: Exception
) -> None:
    with pytest.raises(NotSent, match=str(error)):
        http.upload(Stream([b"123", error]), name="x")
    assert upstream.service.uploads == {}


def test_a_file_in_text_mode_is_not_sent(http: HTTPBackend) -> None:
    with pytest.raises(NotSent, match="BytesIO"):
        http.upload(io.StringIO("x"), name="x")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["lost", "reset"])
def test_the_end_of_an_upload_may_stay_unknown(
    http: HTTPBackend, upstream: Upstream, kind: str
) -> None:
    upstream.fault(kind)
    with pytest.raises(OutcomeUnknown):
        http.upload(io.BytesIO(b"x"), name="x")


def test_a_file_that_is_too_large_is_refused_in_the_words_of_the_service(
    http: HTTPBackend, upstream: Upstream
) -> None:
    upstream.settings.max_upload = 10
    with pytest.raises(Rejected, match="413: File too large"):
        http.upload(io.BytesIO(bytes(11)), name="x")


@pytest.mark.parametrize(
    ("options", "field"),
    [({"purpose": ""}, "purpose"), ({"expires_in_days": 31}, "expires_in_days")],
)
def test_options_that_cannot_be_are_not_sent(
    http: HTTPBackend, upstream: Upstream, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        http.upload(io.BytesIO(b"x"), name="x", **options)
    assert caught.value.field == field
    assert upstream.ledger.requests() == []
