"""Files of results: stored with the job, and given to whoever has the link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import engine, jobs
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.providers.conftest import actor, need
from tests.rows import fresh

__all__ = ["actor"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("actor")]


def ask(text: str = "hello", **request: Any) -> UniversalAIJob:
    job = jobs.submit(model="text/act/scribe", input={"text": text}, **request)
    assert engine.run(job)
    return fresh(job)


def link(job: UniversalAIJob) -> str:
    assert job.output, job.error
    path: str = job.output["link"]
    return path


def test_a_file_of_a_result_is_fetched_by_its_link(client: Client) -> None:
    ada = get_user_model().objects.create_user("ada")
    path = link(ask(owner=ada))
    response = client.get(path)
    assert b"".join(response) == b"hello"
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert client.post(path).status_code == 405
    file = UniversalAIFile.objects.get()
    assert (file.owner, file.purpose, file.name) == (ada, "output", "note.txt")
    assert file.expires_at
    assert timedelta(days=6) < file.expires_at - timezone.now() <= timedelta(days=7)


def test_a_link_ends_with_its_file(client: Client) -> None:
    path = link(ask())
    UniversalAIFile.objects.update(expires_at=timezone.now())
    assert client.get(path).status_code == 404


def test_a_link_whose_content_is_gone(client: Client) -> None:
    path = link(ask())
    file = UniversalAIFile.objects.get()
    file.file.storage.delete(str(file.file.name))
    assert client.get(path).status_code == 404


def test_a_link_cannot_be_guessed_or_bent(client: Client) -> None:
    path = link(ask())
    mine = UniversalAIFile.objects.get()
    upload = UniversalAIFile.objects.store(b"private")
    for token in (str(mine.pk), str(upload.pk), f"{mine.pk}.x", "."):
        assert client.get(f"/universal-ai/files/{token}/").status_code == 404
    assert client.get(path.replace(str(mine.pk), str(upload.pk))).status_code == 404


def test_links_are_below_the_sites_root(settings: Settings) -> None:
    local = {**settings.UNIVERSAL_AI["local"], "OPTIONS": {"public_url": "https://here.example/"}}
    settings.UNIVERSAL_AI = {**settings.UNIVERSAL_AI, "local": local}
    assert link(ask()).startswith("https://here.example/universal-ai/files/")


def test_a_run_that_lost_its_lease_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "finish_run", lambda *arguments: False)
    job = jobs.submit(model="text/act/scribe", input={"text": "hello"})
    assert not engine.run(job)
    assert not UniversalAIFile.objects.exists()


def test_real_speech_is_linked(client: Client) -> None:
    need("espeak-ng")
    job = jobs.submit(model="audio/tts/espeak-ng", input={"text": "Turn left and stop."})
    assert engine.run(job)
    output: Any = fresh(job).output
    response = client.get(output["audio_resource_url"])
    assert b"".join(response)[:4] == b"RIFF"
    assert response.headers["Content-Type"] in ("audio/wav", "audio/x-wav")
