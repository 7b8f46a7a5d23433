"""Whether a base URL can be right."""

from __future__ import annotations

from urllib.parse import urlsplit


def problem_of(base_url: str) -> str | None:
    """Say what is wrong with the root of a service; ``None`` when nothing is.

    The URL itself isn't repeated: it may hold a password.
    """
    try:
        parts = urlsplit(base_url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        return "is not an absolute http or https URL"
    if "@" in parts.netloc:
        return "holds a user or password, which would replace the api_key"
    if parts.query or parts.fragment:
        return "holds a query or a fragment"
    return None
