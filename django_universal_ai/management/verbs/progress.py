"""A line on the terminal that says how far something is. Scripts and logs don't see it."""

from __future__ import annotations

import shutil
import time

from django.core.management.base import BaseCommand

#: Seconds between two changes of the line.
_EVERY = 0.2
_ERASE_LINE = "\r\x1b[K"


def tell(command: BaseCommand, text: str) -> None:
    """A line for people: on standard error, and not in the red of errors."""
    command.stderr.write(text, style_func=str)


class Progress:
    """``with Progress(command, "Erased", total) as progress: progress.at(17)``."""

    #: Whether anybody sees it.
    is_shown: bool

    def __init__(self, command: BaseCommand, doing: str, total: int = 0) -> None:
        self._err = command.stderr
        self.is_shown = command.stderr.isatty()
        self._doing = doing
        self.total = total
        self._began = time.monotonic()
        self._next = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self.is_shown:
            self._write(_ERASE_LINE)

    def at(self, done: int) -> None:
        """So many are done."""
        if self._is_due():
            seconds = max(time.monotonic() - self._began, 0.001)
            self.say(_words(self._doing, done, max(self.total, done), seconds))

    def say(self, text: str) -> None:
        """Let the line say this."""
        if self.is_shown:
            self._next = time.monotonic() + _EVERY
            width = shutil.get_terminal_size().columns - 1
            self._write(f"{_ERASE_LINE}{text[:width]}")

    def _is_due(self) -> bool:
        return self.is_shown and time.monotonic() >= self._next

    def _write(self, text: str) -> None:
        self._err.write(text, style_func=str, ending="")
        self._err.flush()


def _words(doing: str, done: int, total: int, seconds: float) -> str:
    pace = done / seconds
    text = f"{doing} {done:,} of {total:,} ({done * 100 // max(total, 1)} %)"
    if done and seconds > 1:
        text += f", {pace:,.0f} a second, {clock((total - done) / pace)} left"
    return text


def clock(seconds: float) -> str:
    """``0:07``, ``12:30``, ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
