"""Transcripts by speakers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_universal_ai.admin import speakers
from django_universal_ai.admin.speakers import turns_of
from django_universal_ai.models import JobFile, UniversalAIFile
from tests.rows import AUDIO, make_job

from .conftest import url_of

NAME = "audio/speech_to_text_async"


def entry(speaker: Any, segment: Any, start: Any = "0") -> dict[str, Any]:
    return {"segment": segment, "start_time": start, "end_time": "9", "speaker": speaker}


def output(*entries: Any) -> dict[str, Any]:
    return {"text": "all", "diarization": {"total_speakers": 2, "entries": list(entries)}}


TALK = output(
    entry(1, "Good", "0.5"),
    entry(1, " morning. ", "0.9"),
    entry(2, "Hello.", "65.25"),
    entry(1, "Bye.", "3725"),
)


def test_what_one_says_in_a_row_is_one_turn() -> None:
    told = [(turn.speaker, turn.clock, turn.seconds, turn.text) for turn in turns_of(NAME, TALK)]
    assert told == [
        ("1", "0:00", "0.50", "Good morning."),
        ("2", "1:05", "65.25", "Hello."),
        ("1", "1:02:05", "3725.00", "Bye."),
    ]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ocr/ocr", TALK),
        (NAME, None),
        (NAME, ["odd"]),
        (NAME, {"text": "a"}),
        (NAME, {"diarization": []}),
        (NAME, {"diarization": {"entries": {"a": 1}}}),
        (NAME, output("odd", 5, None)),
        (NAME, output(entry(1, "Alone."), entry(1, "Still."))),
    ],
)
def test_without_two_speakers_there_are_no_turns(name: str, answer: Any) -> None:
    assert turns_of(name, answer) == []


def test_odd_entries_are_read_as_far_as_they_go() -> None:
    odd = output(
        entry("A", "one", "soon"),
        entry({"b": 1}, "two", -1),
        entry(3, "", "1"),
        entry(4, 5, float("nan")),
        {"segment": "nobody"},
    )
    told = [(turn.speaker, turn.clock, turn.text) for turn in turns_of(NAME, odd)]
    assert told == [("A", "", "one"), ("{'b': 1}", "", "two"), ("4", "", "5"), ("?", "", "nobody")]


def test_long_ones_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speakers, "MOST_SHOWN", 8)
    turns = turns_of(NAME, output(entry(1, "12345"), entry(2, "67890"), entry(1, "left out")))
    assert [turn.text for turn in turns] == ["12345", "678…"]


@pytest.mark.django_db
def test_the_page_shows_them_and_leads_into_the_recording(root: Client) -> None:
    job = make_job("success", requested_model=AUDIO, output=TALK)
    html = root.get(url_of(job)).content.decode()
    assert "Speaker 2" in html
    assert "#t=" not in html
    file = UniversalAIFile.objects.store(b"x", name="call.wav")
    JobFile.objects.create(job=job, file=file, field="file")
    assert "/content/#t=65.25" in root.get(url_of(job)).content.decode()
