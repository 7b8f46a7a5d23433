from __future__ import annotations

from pathlib import Path

import pytest

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import ProviderRequest


def test_the_name_is_feature_and_subfeature() -> None:
    assert ProviderRequest("ocr", "ocr_async").name == "ocr/ocr_async"


def test_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    request = ProviderRequest("ocr", "ocr", files={"file": path, "mask": path})
    assert request.file() == request.file("mask") == path


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    files = {"file": tmp_path / "empty.wav", "gone": tmp_path / "gone.wav"}
    request = ProviderRequest("audio", "speech_to_text_async", files=files)
    with pytest.raises(ProviderError, match=r"^empty.wav is empty \(0 bytes\)\.$"):
        request.file()
    with pytest.raises(ProviderError, match=r"^gone.wav is not there any more"):
        request.file("gone")
    with pytest.raises(ProviderError, match=r"^input.mask is missing: give a file\.$"):
        request.file("mask")
