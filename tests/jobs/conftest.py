from __future__ import annotations

import pytest

from django_universal_ai import waking
from tests.providers.conftest import actor
from tests.remote import configure, remote, upstream
from tests.upstream.fixtures import endless

__all__ = ["actor", "configure", "endless", "remote", "upstream"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], str | None]]:
    """The messages that reached the broker."""
    messages: list[tuple[str, list[str], str | None]] = []

    def send(name: str, args: list[str], queue: str | None) -> bool:
        messages.append((name, args, queue))
        return True

    monkeypatch.setattr(waking, "_send", send)
    return messages
