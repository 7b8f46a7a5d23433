"""The gateway behind a real socket: our own HTTP backend, httpx and curl are its clients."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai import engine
from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest, JobResponse
from django_universal_ai.exceptions import AuthenticationFailed, NotFound, Rejected
from django_universal_ai.gateway import tokens
from django_universal_ai.models import UniversalAIJob
from tests.backends.suite import BackendSuite
from tests.providers.conftest import pocketsphinx
from tests.rows import make_due

from .client import FIELDS, JOBS, MODEL, UPLOAD, URL

__all__ = ["pocketsphinx"]

SPEECH = Path(__file__).parents[2] / "example_project" / "samples" / "speech.wav"


@pytest.fixture
def token(transactional_db: None) -> str:
    return tokens.create(User.objects.create_user("ann"))


@pytest.fixture
def http(live_server: LiveServer, token: str) -> Iterator[HTTPBackend]:
    """Our own client."""
    made = HTTPBackend("remote", {"api_key": token, "base_url": live_server.url})
    yield made
    made.close()


class TestTheGatewayAsABackend(BackendSuite):
    """What every backend has to pass, with the gateway at the other end."""

    @pytest.fixture
    def backend(self, http: HTTPBackend) -> BaseBackend:
        return http

    def finished(self, backend: BaseBackend, job: JobResponse) -> JobResponse:
        engine.advance()
        make_due(UniversalAIJob.objects.get(pk=job.public_id))
        engine.advance()
        return super().finished(backend, job)


def test_the_client_understands_every_refusal(
    http: HTTPBackend, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(Rejected, match=r"body\.input\.file"):
        http.submit(JobRequest(model=MODEL, input={}))
    with pytest.raises(NotFound, match="Job not found"):
        http.get("00000000-0000-4000-8000-000000000000")
    settings.UNIVERSAL_AI_GATEWAY = {"MAX_UPLOAD_BYTES": 1_000_000}
    large = tmp_path / "large"
    large.write_bytes(bytes(3_000_000))
    with large.open("rb") as file, pytest.raises(Rejected, match="too large"):
        http.upload(file, name="large.bin")
    stranger = HTTPBackend("remote", {"api_key": "uai_wrong", "base_url": live_server.url})
    with pytest.raises(AuthenticationFailed, match="expired or revoked"):
        stranger.get("x")
    stranger.close()


def test_any_http_client_will_do(live_server: LiveServer, token: str) -> None:
    with httpx.Client(
        base_url=live_server.url, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        answer = client.post(JOBS, json={"model": MODEL, "input": {"file": URL}})
        assert answer.status_code == 202
        assert answer.headers["content-type"] == "application/json"
        assert list(answer.json()) == FIELDS
        assert client.post(JOBS, content=b"{").status_code == 422
        assert client.get(f"{JOBS}/x").status_code == 422


@pytest.fixture
def curl(live_server: LiveServer, token: str) -> Any:
    """Runs curl as the page that was asked for does."""
    program = shutil.which("curl")
    if program is None:
        message = "curl is not installed"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)

    def run(path: str, *arguments: str) -> tuple[int, Any]:
        done = subprocess.run(
            [
                str(program),
                *("--silent", "--show-error", "--write-out", "\n%{http_code}"),
                *("--header", f"Authorization: Bearer {token}"),
                f"{live_server.url}{path}",
                *arguments,
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    return run


@pytest.mark.usefixtures("pocketsphinx")
def test_the_curl_of_the_page_runs_with_the_local_provider(curl: Any) -> None:
    status, file = curl(UPLOAD, "--form", f"file=@{SPEECH}", "--form", "purpose=demo")
    assert (status, file["file_mimetype"]) == (200, "audio/x-wav")
    body = {
        "model": "audio/speech_to_text_async/pocketsphinx",
        "input": {"file": file["file_id"], "language": "en"},
    }
    headers = ("--header", "Content-Type: application/json")
    status, job = curl(JOBS, "--request", "POST", *headers, "--data", json.dumps(body))
    assert (status, list(job), job["status"]) == (202, FIELDS, "processing")
    engine.advance(here=True)
    status, ended = curl(f"{JOBS}/{job['public_id']}")
    assert (status, list(ended), ended["status"]) == (200, FIELDS, "success")
    assert "tomorrow" in ended["output"]["text"]
    assert (ended["provider"], ended["cost"], ended["error"]) == ("pocketsphinx", "0.000", None)


def test_a_body_that_is_too_long_for_curl_is_refused_early(
    curl: Any, settings: Settings, tmp_path: Path
) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {"MAX_UPLOAD_BYTES": 1_000_000}
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(20_000_000)
    status, answer = curl(UPLOAD, "--form", f"file=@{large}")
    assert (status, list(answer)) == (413, ["detail"])
