"""The storage of files: can something be kept, read and removed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.core.files.base import ContentFile

from ...models.file import file_storage
from .line import Line, Mark, one_line


def lines() -> Iterator[Line]:
    storage = file_storage()
    kind = storage.__class__.__name__  # of the one behind a lazy one
    probe = uuid.uuid4().bytes
    try:
        name = storage.save(f"universal_ai/doctor/{uuid.uuid4()}", ContentFile(probe))
        try:
            with storage.open(name, "rb") as content:
                is_same = content.read() == probe
        finally:
            storage.delete(name)
    except Exception as error:  # each storage has errors of its own
        said = f"{kind}: {type(error).__name__}: {one_line(error)}"
        way_out = "Web and worker processes must be able to write, read and delete there."
        yield Line(Mark.LOOK, "storage", said, way_out)
        return
    if is_same:
        yield Line(Mark.OK, "storage", f"{kind} keeps, gives back and removes")
    else:
        yield Line(Mark.LOOK, "storage", f"{kind} gave back something else than it was given")
