"""A storage like that of an object store: no paths, contents sent as a stream, no second look."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from django_universal_ai.models import UniversalAIFile


class ObjectStore(Storage):
    """Keeps contents in memory by name. What is written may be read once, in chunks, forwards."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        #: Bytes that there is room for.
        self.room = float("inf")
        self.is_down = False

    def _save(self, name: str, content: File[Any]) -> str:
        self.contents[name] = b""  # a multipart upload has begun
        for chunk in content.chunks():
            if sum(map(len, self.contents.values())) + len(chunk) > self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.contents[name] += chunk
        content.close()  # as clients of object stores do
        return name

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        if name not in self.contents:
            raise FileNotFoundError(name)
        return ContentFile(self.contents[name], name=name)

    def exists(self, name: str) -> bool:
        return name in self.contents

    def delete(self, name: str) -> None:
        if self.is_down:
            raise ConnectionError("the store doesn't answer")
        self.contents.pop(name, None)


@contextmanager
def files_in(storage: Storage) -> Iterator[None]:
    """Keep files there: the field has chosen its storage when it was made."""
    field: Any = UniversalAIFile._meta.get_field("file")
    before, field.storage = field.storage, storage
    try:
        yield
    finally:
        field.storage = before
