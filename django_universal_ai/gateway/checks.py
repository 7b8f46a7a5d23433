"""Django's system checks of the gateway. Ids: ``universal_ai_gateway.E001`` and so on."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from .conf import gateway_settings
from .outgoing import keys


def register() -> None:
    """Make ``manage.py check`` know the gateway."""
    checks.register(check_settings, "universal_ai")
    checks.register(check_signing, "universal_ai")


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI_GATEWAY`` can be used."""
    try:
        gateway_settings()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="universal_ai_gateway.E001")]
    return []


def check_signing(**kwargs: Any) -> list[checks.CheckMessage]:
    """Webhooks that clients ask for can be signed."""
    if problem := keys.why_unable():
        message = "Jobs with a webhook_receiver are refused: their webhooks can't be signed."
        return [checks.Warning(message, hint=problem, id="universal_ai_gateway.W002")]
    return []
