"""What a user of the remote service writes, with another base URL and token, and no line of ours.

``requests`` of the service's documentation are httpx's here; the calls are the same.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai import engine
from django_universal_ai.contract.signature import load_public_keys, verify
from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.outgoing import posts
from tests.gateway.outgoing.conftest import _threads_of_its_own
from tests.loopback import loopback
from tests.marks import concurrent

__all__ = ["_threads_of_its_own"]

pytest.importorskip("cryptography", reason="the extra [webhooks] is not installed")

SAMPLE = Path(__file__).parents[2] / "example_project" / "samples" / "speech.wav"


@pytest.fixture
def user(live_server: LiveServer) -> Iterator[httpx.Client]:
    """The two things that a user changes."""
    base_url, token = live_server.url, tokens.create(User.objects.create_user("ann"))
    with httpx.Client(
        base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30
    ) as client:
        yield client


def poll(user: httpx.Client, public_id: str) -> dict[str, object]:
    """The loop that the service's documentation shows, with a worker's turn in the pause."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        response = user.get(f"/v3/universal-ai/async/{public_id}")
        response.raise_for_status()
        job: dict[str, object] = response.json()
        if job["status"] in ("success", "fail"):
            return job
        engine.advance()
    raise TimeoutError(public_id)


def test_a_job_by_url_and_polling(user: httpx.Client) -> None:
    response = user.post(
        "/v3/universal-ai/async",
        json={
            "model": "audio/speech_to_text_async/google",
            "input": {"file": "https://files.example/call.mp3", "language": "en"},
            "show_original_response": False,
        },
    )
    assert response.status_code == 202
    job = poll(user, response.json()["public_id"])
    assert job["status"] == "success"
    assert isinstance(job["output"], dict)
    assert job["output"]["text"]


def test_an_upload_a_job_that_reads_it_and_the_way_back(user: httpx.Client) -> None:
    with SAMPLE.open("rb") as file:
        response = user.post(
            "/v3/upload",
            files={"file": ("call.wav", file, "audio/wav")},
            data={"purpose": "transcription", "expires_in_days": "7"},
        )
    response.raise_for_status()
    file_id = response.json()["file_id"]
    listed = user.get("/v3/upload", params={"purpose": "transcription", "limit": 10}).json()
    assert [item["file_id"] for item in listed["items"]] == [file_id]

    job = user.post(
        "/v3/universal-ai/async",
        json={"model": "audio/speech_to_text_async/google", "input": {"file": file_id}},
    ).json()
    assert poll(user, job["public_id"])["status"] == "success"
    found = user.get(
        "/v3/universal-ai/async",
        params={"subfeature": "speech_to_text_async", "status": "success", "page": 1},
    ).json()
    assert [item["public_id"] for item in found["items"]] == [job["public_id"]]

    assert user.delete(f"/v3/universal-ai/async/{job['public_id']}").status_code == 200
    assert user.get(f"/v3/universal-ai/async/{job['public_id']}").status_code == 404
    deleted = user.post("/v3/upload/delete", json={"file_ids": [file_id]}).json()
    assert deleted == {"deleted_count": 1}


@concurrent
def test_a_webhook_comes_signed_with_the_key_that_is_served(
    user: httpx.Client, settings: Settings
) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"]}
    with loopback() as receiver:
        response = user.post(
            "/v3/universal-ai/async",
            json={
                "model": "ocr/ocr_async/amazon",
                "input": {"file": "https://files.example/invoice.pdf"},
                "fallbacks": ["google"],
                "webhook_receiver": f"{receiver.url}/webhook",
                "user_webhook_parameters": {"order_id": 17},
            },
        )
        assert response.status_code == 202
        public_id = response.json()["public_id"]
        assert poll(user, public_id)["status"] == "success"
        engine.advance(budget=1.0)  # the worker's turn to tell of it
        posts.posts().wait(30)
    (heard,) = receiver.heard
    event = json.loads(heard.body)
    assert (event["job_id"], event["status"]) == (public_id, "success")
    assert event["user_parameters"] == {"order_id": 17}
    keys = load_public_keys([user.get("/v3/webhooks/public-key").text])
    assert verify(heard.body, heard.headers["x-edenai-signature"], keys)


@concurrent
def test_a_synchronous_call(user: httpx.Client) -> None:
    answers: list[httpx.Response] = []

    def call() -> None:
        body = {"model": "text/moderation/google", "input": {"text": "hello"}}
        answers.append(user.post("/v3/universal-ai", json=body))

    calling = threading.Thread(target=call)
    calling.start()
    while calling.is_alive():
        engine.advance()
        calling.join(0.05)
    (answer,) = answers
    answer.raise_for_status()
    assert (answer.json()["status"], answer.json()["provider"]) == ("success", "google")


def test_errors_are_read_as_the_services(user: httpx.Client) -> None:
    missing = user.post("/v3/universal-ai/async", json={"model": "ocr/ocr_async/amazon"})
    assert missing.status_code == 422
    assert missing.json()["detail"][0]["loc"] == ["body", "input"]
    stranger = user.get("/v3/upload", headers={"Authorization": "Bearer nobody"})
    assert stranger.status_code == 401
