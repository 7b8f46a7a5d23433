"""System checks of what webhooks need: keys that can be used, an address that leads here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch

from ..backends import BaseBackend
from ..engine.callback import receiver_url
from .keys import public_keys, receiving_backends

Messages = Iterator[checks.CheckMessage]


def check_webhooks(**kwargs: Any) -> list[checks.CheckMessage]:
    """The options ``webhook_public_keys`` and ``webhook_url`` of each backend."""
    try:
        chosen = receiving_backends()
    except (ImproperlyConfigured, TypeError, ValueError):
        return []  # check_settings says so
    return [message for backend in chosen for message in (*_keys(backend), *_url(backend))]


def _keys(backend: BaseBackend) -> Messages:
    try:
        public_keys(backend)
    except (ImproperlyConfigured, TypeError) as error:
        yield checks.Error(
            str(error),
            hint="Give PEM texts (-----BEGIN PUBLIC KEY----- ...) or paths of PEM files; "
            "without a key, webhooks are only hints.",
            id="universal_ai.E003",
        )


def _url(backend: BaseBackend) -> Messages:
    root = backend.options.get("webhook_url")
    if not root:
        return
    if not _is_root(root):
        yield checks.Error(
            f"UNIVERSAL_AI[{backend.alias!r}]['OPTIONS']['webhook_url'] isn't the public root of "
            "a site.",
            hint='Give it like "https://example.com"; the path is added.',
            id="universal_ai.E004",
        )
        return
    try:
        receiver_url(root)
    except NoReverseMatch:
        yield checks.Error(
            f"Backend {backend.alias!r} has a webhook_url, but the URLconf has no webhook.",
            hint='Add path("universal-ai/", include("django_universal_ai.urls")).',
            id="universal_ai.E005",
        )


def _is_root(root: Any) -> bool:
    try:
        parts = urlsplit(root)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
    except (AttributeError, TypeError, ValueError):
        return False
