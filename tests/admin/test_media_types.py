"""What may be shown is told by the content's beginning."""

from __future__ import annotations

import pytest

from django_universal_ai.admin.media_types import content_type_of, kind_of


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBP", "image/webp"),
        (b"RIFF....WAVEfmt ", "audio/wav"),
        (b"RIFF....AVI ", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\xff\xf1\x50", "audio/aac"),
        (b"OggS\x00", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"....ftypM4A ", "audio/mp4"),
        (b"....ftypisom", "video/mp4"),
        (b"....ftypavif", "image/avif"),
        (b"....ftypheic", None),
        (b"\x1aE\xdf\xa3", "video/webm"),
        (b"<html><script>", None),
        (b"<svg xmlns=", None),
        (b"<?xml version", None),
        (b"  %PDF-", None),
        (b"MZ", None),
        (b"", None),
    ],
)
def test_by_the_beginning(head: bytes, content_type: str | None) -> None:
    assert content_type_of(head) == content_type


@pytest.mark.parametrize(
    ("content_type", "name", "kind"),
    [
        ("audio/x-wav", "a", "audio"),
        ("", "call.mp3", "audio"),
        ("application/octet-stream", "scan.PNG", "image"),
        ("video/mp4; codecs=x", "", "video"),
        ("application/pdf", "", "pdf"),
        ("", "scan.pdf", "pdf"),
        ("image/svg+xml", "a.svg", ""),
        ("image/tiff", "scan.tif", ""),
        ("text/html", "a.html", ""),
        ("", "", ""),
    ],
)
def test_by_what_it_calls_itself(content_type: str, name: str, kind: str) -> None:
    assert kind_of(content_type, name) == kind
