from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import ProviderRequest, ProviderResult, run
from django_universal_ai.providers.pocketsphinx import PocketSphinx

from .conftest import PATIENCE

pytestmark = pytest.mark.usefixtures("pocketsphinx")

SENTENCE = "please call me tomorrow morning"

Transcribe = Callable[..., ProviderResult]


def request(path: Path, *, original: bool = False, **values: Any) -> ProviderRequest:
    return ProviderRequest(
        "audio",
        "speech_to_text_async",
        input={"file": "an id", **values},
        files={"file": path},
        show_original_response=original,
    )


@pytest.fixture(scope="module")
def transcribe() -> Transcribe:
    """Runs the provider in this process, always the same instance of it."""
    provider = PocketSphinx()

    def transcribe(path: Path, **options: Any) -> ProviderResult:
        shares: list[float] = []
        result = provider.run(request(path, **options), shares.append)
        assert shares == sorted(shares)
        return result

    return transcribe


def write_wav(path: Path, samples: bytes, rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return path


def test_the_sample_in_a_child(speech: Path) -> None:
    shares: list[float] = []
    result = run("pocketsphinx", request(speech), timeout=PATIENCE, on_progress=shares.append)
    assert result.output["text"] == SENTENCE
    assert shares[-1] == pytest.approx(1.0, abs=0.01)
    assert result.cost == 0


def test_every_word_has_its_time_and_confidence(transcribe: Transcribe, speech: Path) -> None:
    diarization = transcribe(speech).output["diarization"]
    assert diarization["total_speakers"] == 1
    assert "error_message" not in diarization
    entries = diarization["entries"]
    assert [entry["segment"] for entry in entries] == SENTENCE.split()
    times = [float(entry[key]) for entry in entries for key in ("start_time", "end_time")]
    assert times == sorted(times)
    assert times[0] == pytest.approx(0.5, abs=0.1)
    assert {entry["speaker"] for entry in entries} == {1}
    assert all(0 < entry["confidence"] <= 1 for entry in entries)


def test_the_original_response_comes_when_asked_for(transcribe: Transcribe, speech: Path) -> None:
    assert transcribe(speech).original_response is None
    original = transcribe(speech, original=True).original_response
    assert original["seconds"] == pytest.approx(2.73, abs=0.01)
    assert len(original["words"]) == 5


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp3", "libmp3lame"), (".m4a", "aac"), (".flac", "flac"), (".ogg", "libopus")],
)
def test_other_formats(
    transcribe: Transcribe, speech: Path, tmp_path: Path, suffix: str, codec: str
) -> None:
    import av

    path = tmp_path / f"speech{suffix}"
    with av.open(str(speech)) as source, av.open(str(path), "w") as target:
        stream: Any = target.add_stream(codec, rate=48_000)
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    # A lossy codec may cost a word of this recogniser; nonsense would cost all.
    words = set(transcribe(path).output["text"].split())
    assert len(words & set(SENTENCE.split())) >= 3


def test_long_audio_is_cut_at_pauses_and_keeps_its_times(
    transcribe: Transcribe, speech: Path, tmp_path: Path
) -> None:
    with wave.open(str(speech)) as file:
        once, rate = file.readframes(file.getnframes()), file.getframerate()
    path = write_wav(tmp_path / "long.wav", once * 8, rate)
    entries = transcribe(path).output["diarization"]["entries"]
    starts = [float(entry["start_time"]) for entry in entries]
    assert starts == sorted(starts)
    assert starts[-1] > 7 * 2.73
    assert [entry["segment"] for entry in entries].count("morning") >= 6


def test_sound_without_a_pause_is_cut_all_the_same(
    transcribe: Transcribe, speech: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_universal_ai.providers.pocketsphinx.CUT_AT", 1.29)
    entries = transcribe(speech).output["diarization"]["entries"]
    times = [float(entry[key]) for entry in entries for key in ("start_time", "end_time")]
    assert times == sorted(times)
    assert times[0] < 1.29 < times[-2]
    assert not any(start < 1.29 < end for start, end in zip(times[::2], times[1::2], strict=True))


def test_a_stream_that_does_not_tell_its_length(
    transcribe: Transcribe, speech: Path, tmp_path: Path
) -> None:
    import av

    path = tmp_path / "stream.flac"
    with path.open("wb") as file:
        pipe = SimpleNamespace(write=file.write)
        with av.open(str(speech)) as source, av.open(pipe, "w", format="flac") as target:
            stream: Any = target.add_stream("flac", rate=22_050, layout="mono")
            for frame in source.decode(audio=0):
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    assert transcribe(path).output["text"] == SENTENCE


def test_silence_says_nothing(transcribe: Transcribe, tmp_path: Path) -> None:
    output = transcribe(write_wav(tmp_path / "silence.wav", bytes(32_000))).output
    assert output == {"text": "", "diarization": {"total_speakers": 0, "entries": []}}


def test_several_speakers_are_not_told_apart(transcribe: Transcribe, speech: Path) -> None:
    diarization = transcribe(speech, speakers=2).output["diarization"]
    assert diarization["error_message"] == "pocketsphinx can't tell speakers apart."
    assert diarization["total_speakers"] == 1


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us", "English", "", None])
def test_english(transcribe: Transcribe, speech: Path, language: str | None) -> None:
    assert transcribe(speech, language=language).output["text"] == SENTENCE


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"language": "fr"}, "understands English only, not 'fr'"),
        ({"language": "ens"}, "understands English only, not 'ens'"),
        ({"profanity_filter": True}, "no profanity filter"),
    ],
)
def test_what_it_cannot_do_is_refused(
    transcribe: Transcribe, speech: Path, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ProviderError, match=words):
        transcribe(speech, **values)
