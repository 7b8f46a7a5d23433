"""The default backend as an HTTP one that talks to a service on loopback; for ``conftest.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from django_universal_ai.backends import BaseBackend, backends
from tests.upstream import Upstream
from tests.upstream.fixtures import upstream

__all__ = ["Configure", "configure", "remote", "upstream"]

KEY = "test-key"

Configure = Callable[..., BaseBackend]


@pytest.fixture
def configure(upstream: Upstream, settings: Settings) -> Configure:
    """Set ``UNIVERSAL_AI`` with these options of the default backend; gives that backend.

    Nobody counts requests unless ``rate_limit`` says so.
    """

    def set_options(**options: Any) -> BaseBackend:
        usual = {"api_key": KEY, "base_url": upstream.url, "rate_limit": None}
        settings.UNIVERSAL_AI = {
            "default": {
                "BACKEND": "django_universal_ai.backends.http.HTTPBackend",
                "OPTIONS": usual | options,
            },
            "local": {"BACKEND": "django_universal_ai.backends.local.LocalBackend"},
        }
        return backends["default"]

    return set_options


@pytest.fixture
def remote(configure: Configure) -> BaseBackend:
    """The default backend, at the service."""
    return configure()
