"""The limit of an upload, kept before and while it is read."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

#: Bytes that a form may have around its file: boundaries, headers, the other fields.
_FORM = 64 * 1024
#: Bytes above the limit that are read nonetheless. A proxy that still has some to send when we hang
#: up doesn't pass our answer on, and its own limit can't be ours to the byte.
_DRAINED = 2 * 1024**2


class FileTooLarge(MultiPartParserError):
    """The file is over the limit; the message says which."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is too large: this service takes up to {limit} bytes.")


class UploadLimit(FileUploadHandler):
    """Refuses a form that says it is too long, and keeps nothing more of one that turns out to be.

    It stands before the host's own handlers. What they had stored so far is closed, and a
    temporary file is gone with that.
    """

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.limit = limit
        self.received = 0

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any
    ) -> None:
        if content_length > self.limit + _FORM:
            if content_length <= self.limit + _DRAINED:
                while input_data.read(_FORM):
                    pass
            raise FileTooLarge(self.limit)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        # What is left of such a form isn't much: it is read, and nobody gets it.
        return raw_data if self.received <= self.limit else None

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one have the file."""

    def upload_complete(self) -> None:
        if self.received > self.limit:
            raise FileTooLarge(self.limit)
