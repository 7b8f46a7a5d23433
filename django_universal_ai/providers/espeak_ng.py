"""The provider ``espeak-ng``: speaks a text aloud, offline.

It takes 0.01-0.08 s a sentence and sounds like a robot. The program's licence is the GPL, so it
isn't installed with this package, and runs in a process of its own.
"""

from __future__ import annotations

import re
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..exceptions import ProviderError
from .base import Progress, Provider, ProviderRequest, ProviderResult

#: Words per minute at speed 1, and the speeds that the program takes.
WORDS_PER_MINUTE = 175
SLOWEST, FASTEST = 0.5, 2.5
#: ``en-us``, ``de``, ``en-us+klatt3``. The program would read any file that this names.
VOICE = re.compile(r"[A-Za-z0-9_-]+(\+[A-Za-z0-9_-]+)?")


class EspeakNG(Provider):
    """Text to speech by https://github.com/espeak-ng/espeak-ng."""

    name: ClassVar[str] = "espeak-ng"
    subfeatures: ClassVar[frozenset[str]] = frozenset({"audio/tts"})
    programs: ClassVar[tuple[str, ...]] = ("espeak-ng",)
    hint: ClassVar[str] = "On Debian and Ubuntu: apt install espeak-ng"
    params: ClassVar[frozenset[str]] = frozenset({"word_gap"})
    makes_files: ClassVar[bool] = True

    def run(self, request: ProviderRequest, progress: Progress) -> ProviderResult:
        """Speak ``input.text`` into a WAV file.

        ``input.voice`` is one of ``espeak-ng --voices``; ``speed`` is 0.5 to 2.5,
        ``speaking_pitch`` and ``speaking_volume`` are -100 to 100, ``audio_format`` is ``wav``.
        ``provider_params.word_gap`` is a pause between words, in hundredths of a second.
        """
        text = request.input.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ProviderError("input.text is missing: give the text to speak.")
        if (given := request.input.get("audio_format") or "wav") != "wav":
            raise ProviderError(f"input.audio_format: espeak-ng makes wav, not {given!r}.")
        settings = Settings.of(request)
        path = request.folder / "speech.wav"
        speak(text, settings, path)
        # What the output has under the name is a link to the file, once that is stored.
        return ProviderResult(
            {"audio_resource_url": ""},
            settings.told(path) if request.show_original_response else None,
            files={"audio_resource_url": path},
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """How to speak, in the program's own measures."""

    voice: str
    words_per_minute: int
    pitch: int
    amplitude: int
    word_gap: int

    @classmethod
    def of(cls, request: ProviderRequest) -> Settings:
        """Raises ``ProviderError`` for what the program can't do."""
        given = request.input
        voice = given.get("voice") or "en"
        if not isinstance(voice, str) or not VOICE.fullmatch(voice):
            raise ProviderError(f"input.voice: {voice!r} is no voice of espeak-ng.")
        speed = _number(given.get("speed"), "input.speed", SLOWEST, FASTEST, usual=1)
        pitch = _number(given.get("speaking_pitch"), "input.speaking_pitch", -100, 100)
        volume = _number(given.get("speaking_volume"), "input.speaking_volume", -100, 100)
        gap = request.provider_params.get("word_gap")
        return cls(
            voice=voice,
            words_per_minute=round(WORDS_PER_MINUTE * speed),
            pitch=min(round(50 + pitch / 2), 99),
            amplitude=round(100 + volume),
            word_gap=round(_number(gap, "provider_params.word_gap", 0, 1000)),
        )

    def arguments(self) -> list[str]:
        """For the command line."""
        numbers = {
            "-s": self.words_per_minute,
            "-p": self.pitch,
            "-a": self.amplitude,
            "-g": self.word_gap,
        }
        flags = [part for flag, number in numbers.items() for part in (flag, str(number))]
        return ["-v", self.voice, *flags]

    def told(self, path: Path) -> dict[str, Any]:
        """The original response: how it was spoken, and what came out."""
        with wave.open(str(path), "rb") as sound:
            rate, frames = sound.getframerate(), sound.getnframes()
        return {
            "voice": self.voice,
            "words_per_minute": self.words_per_minute,
            "pitch": self.pitch,
            "amplitude": self.amplitude,
            "word_gap": self.word_gap,
            "sample_rate": rate,
            "seconds": round(frames / rate, 3),
        }


def speak(text: str, settings: Settings, path: Path) -> None:
    """Have the program write ``path``. Raises ``ProviderError`` with its own words."""
    # Not --stdout: its header tells a wrong length. By standard input: a text may begin with "-".
    command = ["espeak-ng", "-b", "1", "--stdin", *settings.arguments(), "-w", str(path)]
    done = subprocess.run(  # noqa: S603 - the voice was checked, the rest are numbers
        command, input=text.encode(), capture_output=True, check=False
    )
    if done.returncode or not path.is_file():
        said = done.stderr.decode(errors="replace").strip().removeprefix("Error: ")
        raise ProviderError(f"espeak-ng: {said or f'exit code {done.returncode}'}")


def _number(given: Any, name: str, least: float, most: float, *, usual: float = 0) -> float:
    if given is None:
        return usual
    if isinstance(given, bool) or not isinstance(given, int | float) or not least <= given <= most:
        raise ProviderError(f"{name} must be a number from {least:g} to {most:g}.")
    return given
