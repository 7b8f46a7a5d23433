"""What the tests of the providers share."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from django_universal_ai.providers import close, find, missing, providers

SAMPLES = Path(__file__).parents[2] / "example_project" / "samples"
FAKES = Path(__file__).parent / "fakes"

#: Seconds that a condition is waited for, on a slow machine under load.
PATIENCE = 30.0


@pytest.fixture
def scan() -> Path:
    """Two pages without a text layer."""
    return SAMPLES / "scan.pdf"


@pytest.fixture
def speech() -> Path:
    """One spoken sentence."""
    return SAMPLES / "speech.wav"


@pytest.fixture(scope="session")
def rapidocr() -> None:
    """Skips, or fails in CI, where the extra isn't installed."""
    need("rapidocr")


@pytest.fixture(scope="session")
def pocketsphinx() -> None:
    """As above."""
    need("pocketsphinx")


def need(name: str) -> None:
    """Skip the test where a provider can't run; in CI every provider must."""
    if message := missing(find(name)):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)


@pytest.fixture
def actor(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a third party's provider, installed for one test."""
    monkeypatch.syspath_prepend(FAKES)
    providers.cache_clear()
    yield "actor"
    close()
    providers.cache_clear()


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true within ``PATIENCE`` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """Whether a process has ended, if only as a zombie that nobody has waited for."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        if sys.platform != "linux":
            return False
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def all_gone(pids: Path) -> bool:
    """Whether every process whose id is in the file ends soon."""
    return all(eventually(partial(gone, int(pid))) for pid in pids.read_text().split())
