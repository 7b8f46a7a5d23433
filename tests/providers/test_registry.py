from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from django_universal_ai.exceptions import ProviderMissing
from django_universal_ai.providers import find, missing, providers, who_serves
from django_universal_ai.providers.pocketsphinx import PocketSphinx
from django_universal_ai.providers.rapidocr import RapidOCR

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package that declares providers, as the text of its entry points."""

    def install(entry_points: str) -> None:
        folder = tmp_path / "other-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(
            f"[django_universal_ai.providers]\n{entry_points}\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        providers.cache_clear()

    yield install
    providers.cache_clear()


def test_ours_are_found() -> None:
    assert providers()["rapidocr"] is find("rapidocr") is RapidOCR
    assert providers()["pocketsphinx"] is find("pocketsphinx") is PocketSphinx


@pytest.mark.usefixtures("actor")
def test_a_third_partys_is_found() -> None:
    assert find("actor").subfeatures == {"text/act", "text/other"}


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(ProviderMissing, match=r"'tesseract' is installed.*pocketsphinx, rapidocr"):
        find("tesseract")


@pytest.mark.usefixtures("actor")
def test_who_serves() -> None:
    assert who_serves("ocr/ocr") == who_serves("ocr/ocr_async") == ["rapidocr"]
    assert who_serves("text/act") == ["absent", "actor", "scribe"]
    assert who_serves("image/generation") == []


@pytest.mark.usefixtures("actor")
def test_missing_names_what_is_absent() -> None:
    message = "The provider 'absent' needs surely_not_installed, not installed here."
    assert missing(find("absent")) == message
    assert missing(find("actor")) is None


def test_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RapidOCR, "requires", ("no_such_engine",))
    assert "pip install 'django-universal-ai[ocr]'" in str(missing(RapidOCR))


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("no_such_module:Provider", "can't be loaded"),
        ("json:NoSuchName", "can't be loaded"),
        ("json:dumps", "is no Provider"),
        ("json:JSONDecoder", "is no Provider"),
    ],
)
def test_a_broken_declaration_is_logged_and_left_out(
    install: Install, caplog: pytest.LogCaptureFixture, target: str, says: str
) -> None:
    install(f"broken = {target}")
    assert {"pocketsphinx", "rapidocr"} <= set(providers())
    assert "broken" not in providers()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert says in record.getMessage()


def test_two_of_one_name_are_told(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("another = tests.providers.test_registry:Rival")
    assert find("rapidocr").__name__ in {"RapidOCR", "Rival"}
    assert "Two providers are called 'rapidocr'" in caplog.text


class Rival(RapidOCR):
    """Has the name of ours."""
