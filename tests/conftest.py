"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from django_universal_ai import waking
from django_universal_ai.backends import backends
from django_universal_ai.engine import counting, durations
from django_universal_ai.jobs import prices
from tests.browser import browsers_last, chromium

__all__ = ["chromium"]

# Machines are noisy: how long an example takes says nothing.
hypothesis_settings.register_profile("universal_ai", deadline=None)
hypothesis_settings.load_profile("universal_ai")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    browsers_last(items)


@pytest.fixture(autouse=True)
def _own_media(settings: Settings, tmp_path: Path) -> None:
    """Each test stores its files in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _fresh_backends() -> Iterator[None]:
    """No test sees the connections, requests or files of another."""
    yield
    backends.reset()


@pytest.fixture(autouse=True)
def _nothing_learned() -> Iterator[None]:
    """No test knows how long the jobs of another took."""
    yield
    durations.forget()


@pytest.fixture(autouse=True)
def _counted_when_asked() -> None:
    """Each test's first round looks for what is to be counted."""
    counting.forget()


@pytest.fixture(autouse=True)
def _fresh_prices() -> Iterator[None]:
    """No test knows the prices of another."""
    prices.forget()
    yield
    prices.forget()


@pytest.fixture(autouse=True)
def _fresh_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that was away in one test is back in the next."""
    monkeypatch.setattr(waking, "_left_alone_until", 0.0)
