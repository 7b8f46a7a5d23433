from __future__ import annotations

import httpx
import pytest

from django_universal_ai.testing import NetworkBlocked, UniversalAI
from tests.loopback import loopback


def test_requests_beyond_loopback_are_stopped(universal_ai: UniversalAI) -> None:
    with pytest.raises(NetworkBlocked, match=r"192\.0\.2\.1:80"):
        httpx.get("http://192.0.2.1/")
    with pytest.raises(NetworkBlocked, match=r"service\.example:443"):
        httpx.get("https://service.example/")


def test_loopback_is_reached(universal_ai: UniversalAI) -> None:
    with loopback() as server:
        assert httpx.post(server.url, content=b"{}").status_code == 200
