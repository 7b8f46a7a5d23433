"""Reading request bodies: plain, chunked, and multipart of any size in constant memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Protocol

CHUNK = 256 * 1024
KEPT = 1024 * 1024


class Stream(Protocol):
    """As much of a file as is needed here."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self) -> bytes: ...


class BadBody(Exception):
    """The body isn't what its headers promise."""


class Body:
    """The body of one request, read once."""

    def __init__(self, stream: Stream, headers: Mapping[str, str]) -> None:
        self._stream = stream
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        self._left = 0 if self._chunked else int(headers.get("content-length") or 0)
        self._ended = not self._chunked and not self._left

    def read(self, size: int = CHUNK) -> bytes:
        """Up to ``size`` bytes, none at the end."""
        if self._chunked and not self._left and not self._ended:
            self._next_chunk()
        if self._ended:
            return b""
        data = self._stream.read(min(size, self._left))
        if not data:
            raise ConnectionError("the client hung up in the middle of its request")
        self._left -= len(data)
        if self._chunked and not self._left:
            self._stream.readline()
        self._ended = not self._chunked and not self._left
        return data

    def _next_chunk(self) -> None:
        self._left = int(self._stream.readline().split(b";")[0] or b"0", 16)
        if not self._left:
            self._stream.readline()
            self._ended = True

    def read_all(self) -> bytes:
        return b"".join(iter(self.read, b""))


class Part:
    """One part of a form: its size, its digest and its first mebibyte."""

    def __init__(self, head: str) -> None:
        names = dict(re.findall(r'\b(name|filename)="([^"]*)"', head))
        self.name: str = names.get("name", "")
        self.file_name: str | None = names.get("filename")
        mime = re.search(r"^content-type:\s*(\S+)", head, re.IGNORECASE | re.MULTILINE)
        self.content_type = mime.group(1) if mime else ""
        self.size = 0
        self.start = b""
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        if len(self.start) < KEPT:
            self.start += data[: KEPT - len(self.start)]
        self.size += len(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def read_form(body: Body, content_type: str) -> dict[str, Part]:
    """The parts of a ``multipart/form-data`` body by name."""
    match = re.search(r'boundary="?([^";]+)', content_type)
    if not match:
        raise BadBody("no boundary")
    return _Parser(body.read, match.group(1).encode()).parts()


class _Parser:
    """Walks from one delimiter to the next."""

    def __init__(self, read: Callable[[], bytes], boundary: bytes) -> None:
        self._read = read
        self._delimiter = b"\r\n--" + boundary
        self._buffer = b"\r\n"

    def parts(self) -> dict[str, Part]:
        parts = {}
        self._until(self._delimiter)
        while self._exactly(2) == b"\r\n":
            part = Part(self._until(b"\r\n\r\n").decode())
            self._until(self._delimiter, part.write)
            parts[part.name] = part
        while self._read():
            pass  # An epilogue means nothing, but the next request begins after it.
        return parts

    def _more(self) -> None:
        data = self._read()
        if not data:
            raise BadBody("the form has no end")
        self._buffer += data

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _until(self, mark: bytes, write: Callable[[bytes], None] | None = None) -> bytes:
        """What stands before the mark; with ``write`` it is passed on instead of collected."""
        while (at := self._buffer.find(mark)) < 0:
            keep = len(mark) - 1
            if write and len(self._buffer) > keep:
                write(self._buffer[:-keep])
                self._buffer = self._buffer[-keep:]
            self._more()
        before, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        if not write:
            return before
        write(before)
        return b""
