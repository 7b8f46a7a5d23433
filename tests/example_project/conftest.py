"""The example site in this process for its parts, and in processes of its own for the whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_django import Settings

from example_project.documents.management.processes import HOST, free_port, is_taken

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "example_project" / "samples"

#: Seconds that a condition is waited for, on a slow machine under load. A lost run is begun again
#: when its lease of 30 s is over.
PATIENCE = 100.0


@pytest.fixture(autouse=True)
def _example_settings(settings: Settings, tmp_path: Path) -> None:
    settings.ROOT_URLCONF = "example_project.urls"
    settings.LOGIN_URL = "accounts:log_in"
    settings.LOGIN_REDIRECT_URL = settings.LOGOUT_REDIRECT_URL = "documents:home"
    settings.UNIVERSAL_AI_LIVE = {"MAY_SEE": "example_project.documents.visitors.may_see"}


@dataclass(frozen=True, slots=True)
class Example:
    """The example project with data of its own, run as its users run it."""

    var: Path
    environment: dict[str, str] = field(default_factory=dict)

    def popen(self, *arguments: str, log: str) -> subprocess.Popen[bytes]:
        """Start ``python ...`` as the leader of a process group."""
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / log).open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py ...`` to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def running(self, *arguments: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process for the time of the block; its whole group ends after it."""
        process = self.popen(*arguments, log=log)
        try:
            yield process
        finally:
            end(process)

    @contextmanager
    def served(self) -> Iterator[str]:
        """``manage.py serve_demo``: the site with its worker; gives its address."""
        port = free_port()
        with self.running("manage.py", "serve_demo", "--port", str(port), log="serve.log") as serve:
            eventually(lambda: is_taken(port) or serve.poll() is not None)
            assert serve.poll() is None, (self.var / "serve.log").read_text()
            yield f"http://{HOST}:{port}"
            serve.send_signal(signal.SIGINT)
            serve.wait(PATIENCE)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "EXAMPLE_VAR_DIR": str(self.var),
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """SQLite and the embedded broker, empty."""
    return Example(tmp_path / "var")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process: as a terminal would, then its whole group by force."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            kill_group(process)
    process.wait(20)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for a process and all its children, in one instant."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def eventually(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for a condition; fail the test when it doesn't come true."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"This didn't come true within {patience:g} s.")
        time.sleep(0.1)
