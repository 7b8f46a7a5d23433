"""What came out of a job, as people want it: text to read, files to take along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from ..models import UniversalAIJob

#: Which key of the output holds a text to read.
TEXTS = {
    "audio/speech_to_text_async": "text",
    "ocr/ocr": "text",
    "ocr/ocr_async": "raw_text",
    "translation/automatic_translation": "text",
}
#: What keys with an address of a file are called for people.
FILES = {
    "audio_resource_url": _("Audio file"),
    "image_resource_url": _("Image"),
    "video_resource_url": _("Video"),
    "document_resource_url": _("Document"),
}
#: Characters of a text, and of anything else, that are shown; links to files that are.
MOST_TEXT, MOST_DATA, MOST_FILES = 200_000, 20_000, 50


@dataclass(frozen=True, slots=True)
class File:
    """A file that came out of a job."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Result:
    """An output, taken apart. What isn't there is empty."""

    text: str = ""
    files: tuple[File, ...] = ()
    #: Everything, as JSON, where it is neither a text nor files.
    data: str = ""
    is_cut: bool = False


def result_of(job: UniversalAIJob) -> Result:
    """The parts of a job's output."""
    key = TEXTS.get(f"{job.feature}/{job.subfeature}")
    text = job.output.get(key) if key and isinstance(job.output, dict) else None
    if isinstance(text, str):
        return Result(text=_encodable(text[:MOST_TEXT]), is_cut=len(text) > MOST_TEXT)
    if files := tuple(_files(job.output))[:MOST_FILES]:
        return Result(files=files)
    data = _beginning(job.output, MOST_DATA + 1)
    return Result(data=_encodable(data[:MOST_DATA]), is_cut=len(data) > MOST_DATA)


def templates_for(job: UniversalAIJob) -> list[str]:
    """Templates that may show the job's result, the most special one first."""
    folder = "universal_ai/live/results"
    names = f"{job.feature}/{job.subfeature}", job.feature, "default"
    return [f"{folder}/{name}.html" for name in names]


def _files(output: Any, levels: int = 3) -> Iterator[File]:
    """Addresses of files, a few levels deep: images come as a list of objects."""
    if isinstance(output, dict):
        for key, value in output.items():
            if key in FILES and is_address(value):
                yield File(str(FILES[key]), value)
            elif levels:
                yield from _files(value, levels - 1)
    elif isinstance(output, list) and levels:
        for item in output[:MOST_FILES]:
            yield from _files(item, levels - 1)


def is_address(value: Any) -> bool:
    """Whether it leads to a file, on this site or another, and can't be a script."""
    if not isinstance(value, str) or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in ("http", "https") and bool(parts.netloc)
    return value.startswith("/") and not value.startswith(("//", "/\\"))


def _beginning(output: Any, most: int) -> str:
    """The first characters of the output as JSON; an output may be much larger than a page."""
    if output is None:
        return ""
    text = ""
    for chunk in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(output):
        text += chunk
        if len(text) > most:
            break
    return text[:most]


def _encodable(text: str) -> str:
    """The text without halves of surrogate pairs, which no page can hold."""
    return text.encode("utf-8", "replace").decode()
