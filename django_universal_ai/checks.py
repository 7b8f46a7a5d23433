"""Django's system checks of the app's settings. Ids: ``universal_ai.E001`` and so on."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from .backends import backends


def register() -> None:
    """Make ``manage.py check`` know the app."""
    checks.register(check_settings, "universal_ai")


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI`` can be used, and each backend is content with its options."""
    try:
        configured = backends.all()
    except (ImproperlyConfigured, TypeError, ValueError) as error:
        return [checks.Error(str(error), id="universal_ai.E001")]
    return [message for backend in configured for message in backend.check()]
