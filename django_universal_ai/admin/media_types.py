"""What a browser may show of a file, told by how its content begins and never by its label."""

from __future__ import annotations

import mimetypes

AUDIO, IMAGE, VIDEO, PDF = "audio", "image", "video", "pdf"

#: Bytes of a file's beginning that tell what it is.
HEAD = 64

# Nothing here can run a script: HTML, SVG and XML are missing on purpose, and whatever isn't
# listed is only ever downloaded.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}
#: By the brand of an ISO file; other brands are videos.
_BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"avif": "image/avif"}
#: Pictures in ISO files that hardly any browser shows.
_UNSHOWN = (b"heic", b"heix", b"mif1", b"msf1")


def content_type_of(head: bytes) -> str | None:
    """The content type of a file that begins so; ``None`` where it isn't one to be shown."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return None if brand in _UNSHOWN else _BRANDS.get(brand, "video/mp4")
    found = (content_type for beginning, content_type in _BEGINNINGS if head.startswith(beginning))
    return next(found, None)


def kind_of(content_type: str, name: str) -> str:
    """How to show what calls itself so: a player, a picture, a document; empty: not at all.

    Only a promise: what the content really is shows when it is asked for.
    """
    for claimed in (content_type.partition(";")[0].strip().lower(), _by_name(name)):
        if claimed == "application/pdf":
            return PDF
        main, _slash, rest = claimed.partition("/")
        if main in (AUDIO, IMAGE, VIDEO) and not rest.startswith(("svg", "tiff", "heic")):
            return main
    return ""


def _by_name(name: str) -> str:
    return mimetypes.guess_type(name)[0] or ""
