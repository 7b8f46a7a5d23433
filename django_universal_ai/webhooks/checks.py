"""System checks of what webhooks need: keys that can be used, an address that leads here."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch

from ..backends import BaseBackend
from ..backends.rules import is_root
from ..engine.callback import receiver_url
from .keys import OPTION, public_keys, receiving_backends

Messages = Iterator[checks.CheckMessage]


def check_webhooks(**kwargs: Any) -> list[checks.CheckMessage]:
    """The options ``webhook_public_keys`` and ``webhook_url`` of each backend."""
    try:
        chosen = receiving_backends()
    except (ImproperlyConfigured, TypeError, ValueError):
        return []  # check_settings says so
    return [message for backend in chosen for message in (*_keys(backend), *_url(backend))]


def check_deployment(**kwargs: Any) -> list[checks.CheckMessage]:
    """What the service would have to reach and to prove, on the net."""
    try:
        chosen = receiving_backends()
    except (ImproperlyConfigured, TypeError, ValueError):
        return []
    return [message for backend in chosen for message in _deployed(backend)]


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
    if not is_root(root):
        yield checks.Error(
            f"{_where(backend)} isn't the public root of a site.",
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


def _deployed(backend: BaseBackend) -> Messages:
    root = backend.options.get("webhook_url") or ""
    if is_root(root):  # another check says where it isn't
        yield from _reach(root, _where(backend))
        yield from _proof(backend)
    elif not root and backend.options.get(OPTION):
        yield checks.Warning(
            f"Backend {backend.alias!r} has {OPTION}, but no webhook_url: no webhook will come.",
            hint='Set webhook_url to the public root of this site, like "https://example.com".',
            id="universal_ai.W025",
        )


def _reach(root: str, where: str) -> Messages:
    parts = urlsplit(root)
    if parts.scheme != "https":
        yield checks.Warning(
            f"{where} is http: results can be read on the way.",
            hint="Use https.",
            id="universal_ai.W026",
        )
    if not _is_public(parts.hostname or ""):
        yield checks.Warning(
            f"{where} names a host that the service can't reach.",
            hint="Use the name by which everybody finds this site, or leave it out: jobs are "
            "polled then.",
            id="universal_ai.W027",
        )


def _proof(backend: BaseBackend) -> Messages:
    if not backend.options.get(OPTION):
        yield checks.Warning(
            f"Backend {backend.alias!r} has a webhook_url, but no {OPTION}: each webhook is only a "
            "hint, and costs a request.",
            hint="Give the service's public keys, as PEM texts or paths of PEM files.",
            id="universal_ai.W028",
        )


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        # A name without a dot is one of a private network; so are these, by RFC 6761 and 6762.
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".test"))


def _where(backend: BaseBackend) -> str:
    return f"UNIVERSAL_AI[{backend.alias!r}]['OPTIONS']['webhook_url']"
