from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import pytest

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import ProviderRequest, ProviderResult, find, missing
from django_universal_ai.providers.espeak_ng import EspeakNG

from .conftest import need


@pytest.fixture
def _installed() -> None:
    need("espeak-ng")


def say(folder: Path, *, params: Any = None, show: bool = False, **given: Any) -> ProviderResult:
    request = ProviderRequest("audio", "tts", None, given, {}, params or {}, show, folder)
    return EspeakNG().run(request, lambda _: None)


def seconds(result: ProviderResult) -> float:
    with wave.open(str(result.files["audio_resource_url"]), "rb") as sound:
        assert sound.getnchannels() == 1
        return sound.getnframes() / sound.getframerate()


@pytest.mark.usefixtures("_installed")
def test_a_text_is_spoken(tmp_path: Path) -> None:
    spoken = say(tmp_path, text="Please call me tomorrow morning.")
    assert 1 < seconds(spoken) < 5
    assert spoken.original_response is None
    assert list(spoken.output) == ["audio_resource_url"]


@pytest.mark.usefixtures("_installed")
def test_speed_and_pauses_change_how_long_it_takes(tmp_path: Path) -> None:
    text = "Please call me tomorrow morning."
    usual = seconds(say(tmp_path, text=text))
    assert seconds(say(tmp_path, text=text, speed=2)) < 0.8 * usual
    assert seconds(say(tmp_path, text=text, params={"word_gap": 50})) > usual + 1


@pytest.mark.usefixtures("_installed")
def test_the_original_response_tells_how_it_was_spoken(tmp_path: Path) -> None:
    result = say(
        tmp_path,
        text="-w is no option here",
        voice="en-us+klatt3",
        speaking_pitch=100,
        speaking_volume=-50,
        show=True,
    )
    told = result.original_response
    assert told["seconds"] == pytest.approx(seconds(result), abs=0.001)
    assert (told["voice"], told["pitch"], told["amplitude"]) == ("en-us+klatt3", 99, 50)


@pytest.mark.usefixtures("_installed")
def test_a_voice_that_it_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="espeak-ng: The specified espeak-ng voice"):
        say(tmp_path, text="hello", voice="nobody")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "input.text is missing"),
        ({"text": " "}, "input.text is missing"),
        ({"text": "hi", "audio_format": "mp3"}, "makes wav, not 'mp3'"),
        ({"text": "hi", "voice": "../../etc/passwd"}, "is no voice"),
        ({"text": "hi", "voice": 5}, "is no voice"),
        ({"text": "hi", "speed": 9}, "input.speed must be a number from 0.5 to 2.5"),
        ({"text": "hi", "speed": True}, "input.speed must be a number"),
        ({"text": "hi", "speed": float("nan")}, "input.speed must be a number"),
        ({"text": "hi", "speaking_pitch": "high"}, "input.speaking_pitch must be"),
        ({"text": "hi", "speaking_volume": 101}, "input.speaking_volume must be"),
        ({"text": "hi", "params": {"word_gap": -1}}, "provider_params.word_gap must be"),
    ],
)
def test_what_it_cannot_use_is_told(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        say(tmp_path, **given)


def test_a_program_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert missing(find("espeak-ng")) == (
        "The provider 'espeak-ng' needs espeak-ng on the path. "
        "On Debian and Ubuntu: apt install espeak-ng"
    )
