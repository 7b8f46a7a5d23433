"""A recording's text with its times, in phrases that one can jump to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.contract.features.audio.speech_to_text_async import DiarizationEntry
from django_universal_ai.models import UniversalAIJob

#: Seconds of silence after which a new phrase begins, and that a phrase may last.
PAUSE, LONGEST = 0.8, 15.0


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in one piece: a word, or a sentence, as the provider tells it."""

    text: str
    start: float
    """Seconds from the beginning of the recording."""
    end: float
    speaker: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """What one person says without a longer pause."""

    said: list[Said] = field(default_factory=list)

    @property
    def start(self) -> float:
        return self.said[0].start

    @property
    def speaker(self) -> int:
        return self.said[0].speaker

    @property
    def clock(self) -> str:
        """Its beginning, as players write it: ``2:05``."""
        minutes, seconds = divmod(int(self.start), 60)
        return f"{minutes}:{seconds:02d}"


def phrases_of(job: UniversalAIJob) -> list[Phrase]:
    """The phrases of a recording's job; empty where the provider tells no times."""
    result = job.result
    if not isinstance(result, SpeechToTextOutput):
        return []
    try:
        said = [_said(entry) for entry in result.diarization.entries]
    except ValueError:  # a time that is none: then no word has a place to jump to
        return []
    return list(_phrases(said))


def _said(entry: DiarizationEntry) -> Said:
    return Said(entry.segment, float(entry.start_time), float(entry.end_time), entry.speaker)


def _phrases(every: list[Said]) -> Iterator[Phrase]:
    phrase = Phrase()
    for said in every:
        if phrase.said and _is_new(phrase, said):
            yield phrase
            phrase = Phrase()
        phrase.said.append(said)
    if phrase.said:
        yield phrase


def _is_new(phrase: Phrase, said: Said) -> bool:
    return (
        said.speaker != phrase.speaker
        or said.start - phrase.said[-1].end > PAUSE
        or said.end - phrase.start > LONGEST
    )
