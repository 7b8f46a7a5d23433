"""A transcript by speakers, where the answer tells them apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .json_tree import printable

#: Entries of an answer that are read; they may be single words.
MOST_ENTRIES = 20_000
#: Characters, and turns, that are shown.
MOST_SHOWN, MOST_TURNS = 20_000, 500


@dataclass(slots=True)
class Turn:
    """What one person says until another one does."""

    speaker: str
    #: Seconds from the start, for a player; empty where nobody knows.
    seconds: str
    #: The same for people: "1:05".
    clock: str
    text: str


def turns_of(name: str, output: Any) -> list[Turn]:
    """The turns of a conversation; none where one person speaks, or the answer doesn't say."""
    if name != "audio/speech_to_text_async" or not isinstance(output, dict):
        return []
    diarization = output.get("diarization")
    entries = diarization.get("entries") if isinstance(diarization, dict) else None
    turns = list(_turns(entries[:MOST_ENTRIES])) if isinstance(entries, list) else []
    return _cut(turns) if len({turn.speaker for turn in turns}) > 1 else []


def _turns(entries: list[Any]) -> Iterator[Turn]:
    turn: Turn | None = None
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        text, speaker = str(entry.get("segment") or "").strip(), str(entry.get("speaker", "?"))
        if not text:
            continue
        if turn is not None and turn.speaker == speaker:
            turn.text += f" {text}"
            continue
        if turn is not None:
            yield turn
        seconds = _seconds(entry.get("start_time"))
        turn = Turn(
            speaker=speaker,
            seconds="" if seconds is None else f"{seconds:.2f}",
            clock="" if seconds is None else _clock(seconds),
            text=text,
        )
    if turn is not None:
        yield turn


def _cut(turns: list[Turn]) -> list[Turn]:
    left = MOST_SHOWN
    shown: list[Turn] = []
    for turn in turns[:MOST_TURNS]:
        if left <= 0:
            break
        turn.speaker = printable(turn.speaker[:50])
        cut = turn.text[:left]
        turn.text = printable(cut if cut == turn.text else f"{cut}…")
        left -= len(cut)
        shown.append(turn)
    return shown


def _seconds(told: Any) -> float | None:
    try:
        seconds = float(told)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < 1e7 else None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
