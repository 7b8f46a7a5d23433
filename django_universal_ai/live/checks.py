"""System checks of what pages that show jobs need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.urls import NoReverseMatch, reverse

from .conf import live_settings

Messages = Iterator[checks.CheckMessage]

REQUEST = "django.template.context_processors.request"


def check_live(**kwargs: Any) -> list[checks.CheckMessage]:
    """``settings.UNIVERSAL_AI_LIVE`` can be used, and where it is set, its pages can be shown."""
    try:
        configured = live_settings()
        _ = configured.may_see, configured.may_retry
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="universal_ai.E041")]
    if not hasattr(settings, "UNIVERSAL_AI_LIVE"):
        return []  # perhaps no page shows a job
    return [*_urls(), *_requests(), *_static()]


def _urls() -> Messages:
    try:
        reverse("universal_ai:live", args=["key"])
    except NoReverseMatch:
        yield checks.Error(
            "UNIVERSAL_AI_LIVE is set, but the URLconf has no place where pages ask for jobs.",
            hint='Add path("universal-ai/", include("django_universal_ai.urls")).',
            id="universal_ai.E042",
        )


def _requests() -> Messages:
    known = [engine for engine in engines.all() if isinstance(engine, DjangoTemplates)]
    if any(REQUEST in engine.engine.context_processors for engine in known):
        return
    yield checks.Warning(
        "UNIVERSAL_AI_LIVE is set, but templates don't know the request: "
        "{% universal_ai_status %} can't tell who looks.",
        hint=f"Add {REQUEST!r} to the context_processors of TEMPLATES.",
        id="universal_ai.W043",
    )


def _static() -> Messages:
    if not settings.STATIC_URL:
        yield checks.Warning(
            "UNIVERSAL_AI_LIVE is set, but there is no STATIC_URL: pages find neither its script "
            "nor its style sheet.",
            hint='Set STATIC_URL, and add "django.contrib.staticfiles" to INSTALLED_APPS.',
            id="universal_ai.W044",
        )
