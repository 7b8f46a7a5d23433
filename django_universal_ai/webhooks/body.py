"""A webhook's body: read under a limit, and taken apart for the inbox."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.http import HttpRequest

from ..contract.sealed import SealedBytes, SealedStr
from ..contract.strict_json import read_json
from ..engine.callback import TOKEN_PARAMETER
from ..jobs.moves import hash_token

#: Bytes; a longer body is refused while it is read. Django's DATA_UPLOAD_MAX_MEMORY_SIZE, which
#: is lower, is meant for forms.
MAX_BODY = 10 * 1024**2

_CHUNK = 64 * 1024
_ID = re.compile(r"[!-~]{1,255}")
_TOKEN = re.compile(r"[!-~]{1,255}")


class TooLarge(Exception):
    """The body is longer than :data:`MAX_BODY`."""


def read_body(request: HttpRequest) -> bytes:
    """The raw body. Raises :class:`TooLarge`; ``OSError`` where the client went away."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        raise TooLarge
    chunks = bytearray()
    while chunk := request.read(_CHUNK):
        chunks += chunk
        if len(chunks) > MAX_BODY:
            raise TooLarge
    return SealedBytes(chunks)


@dataclass(frozen=True, slots=True)
class Note:
    """What the inbox keeps of a webhook."""

    public_id: str
    #: Of the secret token in it, which itself is nowhere kept.
    token_hash: str
    #: JSON without the token.
    text: str = field(repr=False)
    fingerprint: str


def take_apart(raw: bytes) -> Note:
    """Read a body. Raises :class:`ValueError` in plain words for what can't be a webhook."""
    document = read_json(raw)
    if not isinstance(document, dict):
        raise ValueError("it isn't a JSON object")
    public_id = document.get("job_id")
    if not isinstance(public_id, str) or not _ID.fullmatch(public_id):
        raise ValueError("it has no job_id that could be one")
    token_hash = _take_token(document)
    text = SealedStr(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair") from None
    same = json.dumps(document, sort_keys=True)
    return Note(public_id, token_hash, text, sha256(f"{token_hash}{same}".encode()).hexdigest())


def _take_token(document: dict[str, Any]) -> str:
    """Take our secret token out of the document; its hash."""
    parameters = document.get("user_parameters")
    token = parameters.pop(TOKEN_PARAMETER, None) if isinstance(parameters, dict) else None
    return hash_token(token) if isinstance(token, str) and _TOKEN.fullmatch(token) else ""
