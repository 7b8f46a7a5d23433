from __future__ import annotations

import pytest

from django_universal_ai.backends import BaseBackend
from tests.remote import Configure, configure, upstream
from tests.upstream import Upstream
from tests.upstream.signing import service_key

__all__ = ["configure", "upstream"]


@pytest.fixture
def keyed(configure: Configure) -> BaseBackend:
    """The default backend, with the service's public key."""
    return configure(webhook_public_keys=[service_key().pem])


@pytest.fixture
def keyless(configure: Configure) -> BaseBackend:
    """The default backend, without a public key."""
    return configure()


@pytest.fixture
def signing(upstream: Upstream) -> Upstream:
    """The service sends signed webhooks."""
    upstream.webhooks.sign = service_key().headers
    upstream.settings.webhooks = True
    return upstream
