"""The server as a pytest fixture; import it into a ``conftest.py`` to use it there."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from .server import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A fresh server per test. A crash inside it fails the test."""
    with Upstream() as server:
        yield server
    assert server.crashes == []


@pytest.fixture
def endless(upstream: Upstream) -> None:
    """Jobs at the service end when a test says so."""
    upstream.settings.seconds = math.inf
