from __future__ import annotations

import io
import re
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_universal_ai import engine
from django_universal_ai.management.verbs.exits import FAILED, INTERRUPTED
from tests.rows import change, learned, make_job

from .conftest import Said

Command = Callable[..., Said]

pytestmark = pytest.mark.django_db(transaction=True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_it_is() -> None:
    job = make_job("processing", note="Page 4 of 9")
    learned(job.backend, job.requested_model, [60.0] * 50)
    change(job, submitted_at=timezone.now() - timedelta(seconds=30))
    err = Terminal()

    with pytest.raises(SystemExit):
        call_command("universal_ai", "watch", str(job.pk), "--timeout", "0.3", stderr=err)

    line = err.getvalue().split("\r\x1b[K")[1]
    assert line.startswith(f"{job.pk} processing 0:")
    assert "%, about 0:" in line


def test_a_terminal_is_told_no_more_than_is_known() -> None:
    job = make_job("processing", due=600)
    err = Terminal()
    with pytest.raises(SystemExit):
        call_command("universal_ai", "watch", str(job.pk), "--timeout", "0.3", stderr=err)
    line = err.getvalue().split("\r\x1b[K")[1]
    assert re.fullmatch(rf"{job.pk} processing \d:\d\d", line)


def test_a_log_sees_each_state_once(universal_ai: Command) -> None:
    job = make_job("processing")
    said = universal_ai("watch", job.pk, "--timeout", 0.5)
    assert said.err.splitlines()[:-1] == [f"{job.pk} processing"]


def test_a_failed_job(universal_ai: Command) -> None:
    assert universal_ai("watch", make_job("fail").pk).code == FAILED


def test_ctrl_c_leaves_the_job_running(
    universal_ai: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(**options: Any) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    monkeypatch.setattr(engine, "advance", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job ignores it
    said = universal_ai(
        *("submit", "audio/speech_to_text_async/google", "--wait"),
        *("--input", "file=https://files.example/a.wav"),
    )
    assert said.code == INTERRUPTED
    assert signal.signal(signal.SIGINT, before) is signal.default_int_handler
