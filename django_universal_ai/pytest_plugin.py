"""Fixtures for pytest, found by its entry point. Imports Django's parts only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing import UniversalAI
    from .testing.live import LiveUniversalAI


@pytest.fixture
def universal_ai(db: None) -> Iterator[UniversalAI]:
    """Scripted jobs: see :class:`django_universal_ai.testing.UniversalAI`."""
    from .testing import UniversalAI

    with UniversalAI() as kit:
        yield kit


@pytest.fixture
def live_universal_ai(
    universal_ai: UniversalAI, live_server: Any, settings: Any
) -> Iterator[LiveUniversalAI]:
    """The gateway on loopback, over scripted jobs, beside the project's own URLs."""
    from .testing import live, live_urls

    live_urls.project = settings.ROOT_URLCONF
    settings.ROOT_URLCONF = live_urls.__name__
    try:
        yield live.serve(live_server.url, universal_ai)
    finally:
        live.stop()
