"""What can be brought here, told by the bytes and not by the name, and who can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

import filetype

from django_universal_ai.conf import DEFAULT_ALIAS, backend_settings
from django_universal_ai.providers import who_serves

#: Bytes at the start that tell what a file is; a PDF's header may stand anywhere in the first 1024.
HEAD = 8192
PDF = "application/pdf"
IMAGES = frozenset(
    {"image/bmp", "image/gif", "image/jpeg", "image/png", "image/tiff", "image/webp"}
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file, and the feature that gets its text out."""

    noun: str
    feature: str
    """``feature/subfeature``."""
    remote: tuple[str, ...]
    """Who offers the feature at the remote service."""

    def offline(self) -> str:
        """The provider that does it on this machine; empty where none is installed."""
        return next(iter(who_serves(self.feature)), "")

    def model(self, provider: str = "") -> str:
        """The model string for a provider; the offline one by default."""
        return f"{self.feature}/{provider or self.offline()}"


PAPER = Kind("document", "ocr/ocr_async", ("amazon", "microsoft", "mistral"))
RECORDING = Kind(
    "recording",
    "audio/speech_to_text_async",
    ("amazon", "assembly", "deepgram", "gladia", "google", "microsoft", "openai"),
)


def media_type(file: IO[Any]) -> str:
    """The type that the file's first bytes tell; empty where they tell nothing. Rewinds it."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if b"%PDF-" in head[:1024]:
        return PDF
    guessed = filetype.guess(head)
    return guessed.mime if guessed else ""


def kind_of(media: str) -> Kind | None:
    """The kind of a media type; ``None`` where nobody here gets text out of it."""
    if media == PDF or media in IMAGES:
        return PAPER
    # The sound track of a video is a recording too: browsers record speech as video/webm.
    if media.startswith(("audio/", "video/")) and media != "audio/midi":
        return RECORDING
    return None


def has_key() -> bool:
    """Whether the remote service can be offered."""
    options = backend_settings()[DEFAULT_ALIAS].get("OPTIONS", {})
    return bool(options.get("api_key"))


def provider_choices() -> list[tuple[str, Any]]:
    """The choices of the form's select: this machine first, then the service's providers."""
    choices: list[tuple[str, Any]] = [("", "This machine: offline")]
    if has_key():
        names = sorted({*PAPER.remote, *RECORDING.remote})
        remote = [(name, f"{name.capitalize()} ({_does(name)})") for name in names]
        choices.append(("Remote service, billed", remote))
    return choices


def _does(name: str) -> str:
    return " and ".join(f"{kind.noun}s" for kind in (PAPER, RECORDING) if name in kind.remote)
