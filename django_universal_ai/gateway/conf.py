"""``settings.UNIVERSAL_AI_GATEWAY``, read when it is needed and never at import."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ..conf import refuse_unknown

NAME = "settings.UNIVERSAL_AI_GATEWAY"


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The options and their defaults; every one is a positive whole number."""

    MAX_UPLOAD_BYTES: int = 100 * 1024**2
    """The largest file that ``POST /v3/upload`` takes."""
    SYNC_SECONDS: int = 25
    """How long ``POST /v3/universal-ai`` waits for a job's end; shorter than the web server's own
    time limit, which is 30 seconds in Gunicorn."""
    CACHE_SECONDS: int | None = None
    """For how long the answer of a deterministic provider is given again; not set: never."""


def gateway_settings() -> GatewaySettings:
    """The options in force. Raises :class:`~django.core.exceptions.ImproperlyConfigured`."""
    configured: Any = getattr(settings, "UNIVERSAL_AI_GATEWAY", {})
    if not isinstance(configured, dict):
        raise ImproperlyConfigured(f"{NAME} must be a dictionary.")
    refuse_unknown(configured, {field.name for field in fields(GatewaySettings)}, NAME)
    for name, value in configured.items():
        if type(value) is not int or value < 1:
            raise ImproperlyConfigured(f"{NAME}[{name!r}] must be a positive whole number.")
    return GatewaySettings(**configured)
