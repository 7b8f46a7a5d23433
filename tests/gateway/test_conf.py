from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from django_universal_ai.gateway.checks import check_settings, check_uploads_are_private
from django_universal_ai.gateway.conf import gateway_settings


def test_nothing_needs_to_be_set(settings: Settings) -> None:
    assert gateway_settings().MAX_UPLOAD_BYTES == 100 * 1024**2
    assert check_settings() == []


def test_options_are_read_when_they_are_needed(settings: Settings) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {"MAX_UPLOAD_BYTES": 5}
    assert gateway_settings().MAX_UPLOAD_BYTES == 5


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"MAX_UPLOAD_BYTE": 5}, "Did you mean 'MAX_UPLOAD_BYTES'?"),
        ({"MAX_UPLOAD_BYTES": "5"}, "positive whole number"),
        ({"MAX_UPLOAD_BYTES": 0}, "positive whole number"),
        ({"MAX_UPLOAD_BYTES": True}, "positive whole number"),
        (5, "must be a dictionary"),
    ],
)
def test_what_cannot_be_is_refused(settings: Settings, value: Any, words: str) -> None:
    settings.UNIVERSAL_AI_GATEWAY = value
    with pytest.raises(ImproperlyConfigured, match="UNIVERSAL_AI_GATEWAY") as caught:
        gateway_settings()
    assert words in str(caught.value)
    (message,) = check_settings()
    assert message.id == "universal_ai_gateway.E001"
    assert message.msg == str(caught.value)


def test_uploads_want_a_place_of_their_own(settings: Settings, tmp_path: Path) -> None:
    def found() -> list[str]:
        return [str(message.id) for message in check_uploads_are_private()]

    def kept_in(location: Any) -> None:
        backend = "django.core.files.storage.FileSystemStorage"
        entry = {"BACKEND": backend, "OPTIONS": {"location": location}}
        settings.STORAGES = {**settings.STORAGES, "universal_ai": entry}

    assert found() == ["universal_ai_gateway.W003"]
    kept_in(settings.MEDIA_ROOT)
    assert found() == ["universal_ai_gateway.W003"]
    kept_in(tmp_path / "private")
    assert found() == []
