"""Whether a base URL can be right."""

from __future__ import annotations

from ipaddress import ip_address
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
    if any(mark in base_url for mark in " \t\r\n\\"):
        return "holds a blank or a backslash"
    if "v3" in parts.path.split("/"):
        return "goes on with /v3, which is added to it"
    return None


def sends_in_clear(base_url: str) -> bool:
    """Whether what is sent there can be read on the way: http, and not to this machine."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return False
    return parts.scheme == "http" and not is_here(parts.hostname or "")


def is_here(host: str) -> bool:
    """Whether a name or address is this machine's own, whoever asks."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
