from __future__ import annotations

import io

import pytest
from django.core.management.base import BaseCommand

from django_universal_ai.management.verbs import progress
from django_universal_ai.management.verbs.progress import Progress, clock, tell


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    err = Terminal()
    with Progress(BaseCommand(stderr=err), "Erased", 2000) as line:
        line.at(0)
        line.at(500)
    assert err.getvalue().split("\r\x1b[K") == [
        "",
        "Erased 0 of 2,000 (0 %)",
        "Erased 500 of 2,000 (25 %)",
        "",
    ]


def test_it_says_how_fast_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal()
    moments = iter([100.0, 110.0, 110.0, 110.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    with Progress(BaseCommand(stderr=err), "Erased", 2000) as line:
        line.at(500)
    assert "Erased 500 of 2,000 (25 %), 50 a second, 0:30 left" in err.getvalue()


def test_it_doesnt_write_faster_than_anybody_reads() -> None:
    err = Terminal()
    with Progress(BaseCommand(stderr=err), "Erased", 2000) as line:
        for done in range(2000):
            line.at(done)
    assert err.getvalue().count("Erased") < 20


def test_a_log_sees_nothing() -> None:
    err = io.StringIO()
    with Progress(BaseCommand(stderr=err), "Erased", 2000) as line:
        line.at(500)
        line.say("half")
    assert err.getvalue() == ""


def test_a_line_for_people_isnt_red() -> None:
    err = Terminal()
    tell(BaseCommand(stderr=err, force_color=True), "Keep it.")
    assert err.getvalue() == "Keep it.\n"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (7.4, "0:07"), (754, "12:34"), (3723, "1:02:03")]
)
def test_times(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown
