from __future__ import annotations

from io import BytesIO

import pytest
from pytest_django import Settings

from example_project.documents import kinds

from .conftest import SAMPLES

HTTP = "django_universal_ai.backends.http.HTTPBackend"


@pytest.mark.parametrize(
    ("name", "media", "kind"),
    [("scan.pdf", "application/pdf", kinds.PAPER), ("speech.wav", "audio/x-wav", kinds.RECORDING)],
)
def test_the_samples_are_what_they_are(name: str, media: str, kind: kinds.Kind) -> None:
    with (SAMPLES / name).open("rb") as file:
        assert kinds.media_type(file) == media
        assert file.tell() == 0
    assert kinds.kind_of(media) is kind


def test_a_pdf_may_begin_with_rubbish() -> None:
    assert kinds.media_type(BytesIO(b"\0" * 900 + b"%PDF-1.7")) == kinds.PDF


@pytest.mark.parametrize("media", ["", "text/html", "image/svg+xml", "image/heic", "audio/midi"])
def test_what_nobody_reads_has_no_kind(media: str) -> None:
    assert kinds.kind_of(media) is None


def test_a_video_counts_as_a_recording() -> None:
    assert kinds.kind_of("video/webm") is kinds.RECORDING


def test_the_offline_provider_is_the_default() -> None:
    assert kinds.PAPER.model() == "ocr/ocr_async/rapidocr"
    assert kinds.RECORDING.model() == "audio/speech_to_text_async/pocketsphinx"
    assert kinds.RECORDING.model("google") == "audio/speech_to_text_async/google"


def test_without_a_key_there_is_nothing_to_choose() -> None:
    assert [value for value, _ in kinds.provider_choices()] == [""]


def test_with_a_key_the_services_providers_are_offered(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP, "OPTIONS": {"api_key": "k"}}}
    groups = dict(kinds.provider_choices())
    offered = dict(groups["Remote service, billed"])
    assert offered["mistral"] == "Mistral (documents)"
    assert offered["amazon"] == "Amazon (documents and recordings)"
