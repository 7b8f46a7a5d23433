"""Taking secrets out of texts that people will read."""

from __future__ import annotations

import re
from collections.abc import Iterable

REDACTED = "[redacted]"

_NAMES = (
    r"(?:(?:api|access|secret|private)[ _-]?key|token|secret|passw(?:or)?d|authorization|signature)"
)

# Every repetition that may fail after it is bounded: hostile texts take linear time too.
_RULES = (
    # Of a URL, the user part may be a password, the query a signature, the fragment a token.
    (re.compile(r"\b(https?://)[^\s/?#\"'<>@]{1,500}@", re.I), rf"\1{REDACTED}@"),
    (re.compile(r"\b(https?://[^\s?#\"'<>]{1,500})[?#][^\s\"'<>]+", re.I), rf"\1?{REDACTED}"),
    # "Bearer authentication failed" says nothing secret.
    (re.compile(r"\b(bearer|basic)\s+(?!auth|token)[\w.~+/=-]{4,}", re.I), rf"\1 {REDACTED}"),
    (re.compile(rf"({_NAMES}[\"']?\s?[:=]\s?[\"'])[^\"']+", re.I), rf"\1{REDACTED}"),
    (re.compile(rf"({_NAMES}\s?=\s?)[^\s\"',;&]+", re.I), rf"\1{REDACTED}"),
    # In prose "API key: k3y" is a key, "token: expired" is a reason.
    (re.compile(rf"({_NAMES}:\s?)(?=\S{{0,40}}\d|\S{{20}})[^\s\"',;]+", re.I), rf"\1{REDACTED}"),
    # JSON web tokens, keys with a usual prefix, and long runs that are neither words nor UUIDs.
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*"), REDACTED),
    (re.compile(r"\b(?:sk|pk|rk|ghp|xox[abp])[-_][\w-]{8,}|\bAKIA[A-Z0-9]{12,}"), REDACTED),
    (re.compile(r"\b(?=[A-Za-z_]{0,40}\d)[A-Za-z0-9_]{40,}"), REDACTED),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace ``secrets``, and what looks like a key, a token, a password or a URL's query."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
