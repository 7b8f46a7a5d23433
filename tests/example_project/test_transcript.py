from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.models import UniversalAIJob
from example_project.documents.transcript import phrases_of


def job(*entries: tuple[str, Any, Any, int]) -> UniversalAIJob:
    """A recording's row that isn't saved; each entry is a text, its times and who says it."""
    return UniversalAIJob(
        feature="audio",
        subfeature="speech_to_text_async",
        output={
            "text": " ".join(text for text, *_ in entries),
            "diarization": {
                "total_speakers": 1,
                "entries": [
                    {
                        "segment": text,
                        "start_time": start,
                        "end_time": end,
                        "speaker": speaker,
                        "confidence": 1.0,
                    }
                    for text, start, end, speaker in entries
                ],
            },
        },
    )


def phrases(*entries: tuple[str, Any, Any, int]) -> list[str]:
    return [" ".join(said.text for said in phrase.said) for phrase in phrases_of(job(*entries))]


def test_a_pause_begins_a_new_phrase() -> None:
    said = ("please", "0", "0.5", 1), ("call", "0.6", "1", 1), ("tomorrow", "2.5", "3", 1)
    assert phrases(*said) == ["please call", "tomorrow"]


def test_so_does_another_speaker() -> None:
    assert phrases(("yes", "0", "1", 1), ("no", "1", "2", 2)) == ["yes", "no"]


def test_nobody_speaks_in_one_phrase_for_long() -> None:
    words = [("word", f"{second}", f"{second + 1}", 1) for second in range(31)]
    assert [len(phrase.split()) for phrase in phrases(*words)] == [15, 15, 1]


def test_a_phrase_tells_when_it_begins() -> None:
    [phrase] = phrases_of(job(("late", "125.9", "127", 3)))
    assert (phrase.clock, phrase.start, phrase.speaker) == ("2:05", 125.9, 3)


@pytest.mark.parametrize("time", ["", "soon"])
def test_without_times_there_are_no_phrases(time: str) -> None:
    assert phrases(("please", time, time, 1)) == []


def test_what_is_no_recording_has_none() -> None:
    assert phrases_of(UniversalAIJob(feature="ocr", subfeature="ocr_async")) == []
