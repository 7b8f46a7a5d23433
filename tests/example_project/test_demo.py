"""``make demo`` on every database and broker: the whole way through real processes."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest

from . import stacks
from .conftest import Example


class Stack(Protocol):
    def __call__(self) -> AbstractContextManager[dict[str, str]]: ...


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(stacks.embedded, marks=pytest.mark.slow, id="sqlite-embedded"),
        pytest.param(stacks.postgres_and_redis, marks=pytest.mark.services, id="postgres-redis"),
        pytest.param(stacks.postgres_and_rabbitmq, marks=pytest.mark.services, id="postgres-amqp"),
    ],
)
def test_both_samples_are_read(stack: Stack, tmp_path: Path) -> None:
    with stack() as environment:
        ran = Example(tmp_path / "var", environment).manage("demo")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    scan, speech = ran.stdout.split("scan.pdf, dropped on the page")[1].split(
        "speech.wav, over HTTP"
    )
    for shown, provider in ((scan, "rapidocr"), (speech, "pocketsphinx")):
        assert re.search(r"status +success", shown)
        assert re.search(rf"provider +{provider}", shown)
        assert re.search(r"cost +0\.000", shown)
        assert re.search(r"seconds +\d+\.\d", shown)
        assert re.search(rf"note +{provider} found \d+ words", shown)
        assert "http://127.0.0.1:8000/documents/" in shown
        assert "http://127.0.0.1:8000/admin/universal_ai/universalaijob/" in shown
    assert "Minutes of the meeting on 14 March 2025" in scan
    assert "Plans for the autumn" in scan
    assert "please call me tomorrow morning" in speech


@pytest.mark.slow
def test_it_says_why_it_needs_debug(tmp_path: Path) -> None:
    ran = Example(tmp_path / "var", {"DEBUG": "0"}).manage("demo")
    assert ran.returncode == 1
    assert "Set DEBUG=1" in ran.stderr


@pytest.mark.slow
def test_a_broken_worker_is_told_with_its_log(tmp_path: Path) -> None:
    environment = {"CELERY_BROKER_URL": "nonsense://"}
    ran = Example(tmp_path / "var", environment).manage("demo")
    assert ran.returncode == 1
    assert "The worker ended before the jobs did." in ran.stderr
    assert "nonsense" in ran.stderr
