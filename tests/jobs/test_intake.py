from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.jobs import intake
from django_universal_ai.models import JobFile, UniversalAIFile
from tests.providers.conftest import need
from tests.rows import AUDIO, URL

pytestmark = pytest.mark.django_db

SPEECH = "audio/speech_to_text_async/pocketsphinx"
SAMPLES = Path(__file__).parents[2] / "example_project" / "samples"


def refused(**request: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        intake.check({"model": AUDIO, "input": {"file": URL}} | request)
    words: dict[str, list[str]] = caught.value.message_dict
    return words


def test_the_backend_that_declares_the_provider_takes_the_job(settings: Settings) -> None:
    need("pocketsphinx")
    file = UniversalAIFile.objects.store(b"x")
    found = intake.check({"model": SPEECH, "input": {"file": str(file.pk)}})
    assert found.backend.alias == "local"
    assert found.known_files == {"file": file}


def test_an_offline_provider_that_nobody_knows_is_told_with_those_that_are() -> None:
    with pytest.raises(ValidationError) as caught:
        intake.check({"model": AUDIO, "input": {"file": URL}}, using="local")
    assert "no offline provider 'google'" in caught.value.message_dict["model"][0]
    assert "pocketsphinx" in caught.value.message_dict["model"][0]


def test_an_offline_provider_is_not_asked_for_what_it_cannot_do() -> None:
    words = refused(model="ocr/ocr_async/pocketsphinx")
    assert "does audio/speech_to_text_async" in words["model"][0]


def test_a_provider_whose_extra_is_missing_names_it(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from django_universal_ai.providers import providers

    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "providers" / "fakes")
    providers.cache_clear()
    try:
        words = refused(model="text/act/absent", input={})
    finally:
        monkeypatch.undo()
        providers.cache_clear()
    assert "surely_not_installed" in words["model"][0]


def test_offline_providers_read_uploads_and_what_can_be_fetched() -> None:
    assert intake.check({"model": SPEECH, "input": {"file": URL}}).known_files == {}
    words = refused(model=SPEECH, input={"file": "call.wav"})
    assert "upload it first" in words["input.file"][0]
    assert "https URL" in words["input.file"][0]
    unknown = "12345678-1234-4234-8234-123456789012"
    words = refused(model=SPEECH, input={"file": unknown})
    assert unknown in words["input.file"][0]


def test_a_remote_job_without_a_key_says_what_is_missing(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": "django_universal_ai.backends.http.HTTPBackend"}
    }
    assert "api_key" in refused()["model"][0]


def test_input_that_is_a_strange_id_is_left_to_the_service() -> None:
    unknown = "12345678-1234-4234-8234-123456789012"
    assert intake.check({"model": AUDIO, "input": {"file": unknown}}).known_files == {}


@pytest.mark.parametrize("source", ["../nowhere.wav", "nowhere..wav"])
def test_what_the_system_says_is_not_garbled(source: str) -> None:
    with pytest.raises(ValidationError) as caught:
        jobs.submit(model=AUDIO, input={}, files={"file": source})
    assert f"'{source}'." in caught.value.message_dict["input.file"][0]


def test_nothing_of_the_callers_own_is_changed() -> None:
    given: dict[str, Any] = {}
    files = {"file": b"sound"}
    job = jobs.submit(model=AUDIO, input=given, files=files)
    assert (given, list(files)) == ({}, ["file"])
    assert JobFile.objects.filter(job=job).exists()
