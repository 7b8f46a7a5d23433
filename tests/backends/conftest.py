from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from tests.upstream import Upstream
from tests.upstream.fixtures import upstream

__all__ = ["upstream"]

KEY = "k3y-that-must-not-show-up"

MakeBackend = Callable[..., HTTPBackend]


@pytest.fixture
def make_backend(upstream: Upstream) -> Iterator[MakeBackend]:
    """Makes backends that talk to ``upstream``; options as keywords."""
    upstream.settings.keys = {KEY: "main"}
    made: list[HTTPBackend] = []

    def make(**options: Any) -> HTTPBackend:
        made.append(HTTPBackend("remote", {"api_key": KEY, "base_url": upstream.url} | options))
        return made[-1]

    yield make
    for backend in made:
        backend.close()


@pytest.fixture
def http(make_backend: MakeBackend) -> HTTPBackend:
    return make_backend()


@pytest.fixture
def job_request() -> JobRequest:
    return JobRequest(
        model="audio/speech_to_text_async/google/chirp/v2",
        input={"file": "https://files.example/call.wav"},
        user_webhook_parameters={"token": "t0"},
    )
