"""Features that listen."""

from __future__ import annotations

from pydantic import Field

from .base import Feature, FeatureInput, FeatureOutput, File, Listed


class SpeechToTextInput(FeatureInput):
    """A recording, and what helps to understand it."""

    file: File
    language: str | None = None
    """ISO code, for example ``en``."""
    speakers: int | None = None
    """How many people speak."""
    profanity_filter: bool | None = None
    vocabulary: list[str] | None = None
    """Words to listen for."""


class DiarizationEntry(FeatureOutput):
    """A stretch of speech by one speaker."""

    segment: str
    start_time: str = Field(examples=["0.5"])
    """Seconds from the start, written as text."""
    end_time: str = Field(examples=["1.25"])
    speaker: int
    confidence: float
    """0 to 1."""


class Diarization(FeatureOutput):
    """Who said what, and when."""

    total_speakers: int
    entries: Listed[DiarizationEntry] = []
    error_message: str | None = Field(default=None, examples=[None])


class SpeechToTextOutput(FeatureOutput):
    """What was said."""

    text: str
    diarization: Diarization


SPEECH_TO_TEXT_ASYNC = Feature(
    "audio/speech_to_text_async", "async", SpeechToTextInput, SpeechToTextOutput
)
