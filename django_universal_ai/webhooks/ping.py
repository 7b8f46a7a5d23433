"""The selftest's own request: how the site knows that it is talking to itself."""

from __future__ import annotations

from django.core.signing import BadSignature, TimestampSigner

HEADER = "X-Universal-AI-Selftest"

#: Seconds for which a ping is good.
_LIFETIME = 60


def make_ping() -> str:
    """The value of :data:`HEADER`: signed with this site's ``SECRET_KEY``."""
    return _signer().sign("ping")


def is_ping(value: str) -> bool:
    """Whether a process of this site sent it, a moment ago."""
    try:
        return _signer().unsign(value, max_age=_LIFETIME) == "ping"
    except BadSignature:
        return False


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="django_universal_ai.webhooks.ping")
