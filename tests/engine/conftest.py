from __future__ import annotations

import pytest

from django_universal_ai.backends import BaseBackend
from tests.providers.conftest import actor
from tests.remote import Configure, configure, remote, upstream
from tests.upstream.fixtures import endless
from tests.upstream.signing import service_key

__all__ = ["actor", "configure", "endless", "remote", "upstream"]


@pytest.fixture
def keyed(configure: Configure) -> BaseBackend:
    """The default backend, with a webhook and the service's public key."""
    return configure(webhook_public_keys=[service_key().pem], webhook_url="https://here.example")


@pytest.fixture
def keyless(configure: Configure) -> BaseBackend:
    """The default backend, with a webhook and without a public key."""
    return configure(webhook_url="https://here.example")
