"""A site with processes of its own: its database, its broker in a folder, its workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
#: Seconds that a condition is waited for, on a slow machine under load.
PATIENCE = 60.0
FILES = "https://files.example/"


@dataclass(slots=True)
class Site:
    """Runs code, workers and engines of one site; ``url`` is where its remote service is."""

    root: Path
    url: str
    database_url: str = ""
    #: Options of the default backend.
    options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in ("messages", "control"):
            (self.root / folder).mkdir(parents=True)
        self.database_url = self.database_url or f"sqlite:///{self.root / 'db.sqlite3'}"
        self.run("from django.core.management import call_command; call_command('migrate', '-v0')")

    def _environ(self) -> dict[str, str]:
        options = {"api_key": "test-key", "base_url": self.url, "rate_limit": None} | self.options
        backends = "django_universal_ai.backends"
        configured = {
            "default": {"BACKEND": f"{backends}.http.HTTPBackend", "OPTIONS": options},
            "local": {"BACKEND": f"{backends}.local.LocalBackend"},
        }
        fakes = REPOSITORY / "tests" / "providers" / "fakes"
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.site.settings",
            "PYTHONPATH": f"{REPOSITORY}:{fakes}",
            "SITE_ROOT": str(self.root),
            "SITE_DATABASE_URL": self.database_url,
            "SITE_UNIVERSAL_AI": json.dumps(configured),
            **self.environment,
        }

    def start(self, code: str) -> subprocess.Popen[str]:
        """A process that runs ``code`` with Django set up and the Celery app loaded."""
        prologue = "import django; django.setup(); import tests.site.celery, json;"
        return self._popen([sys.executable, "-c", f"{prologue}\n{code}"], stdout=subprocess.PIPE)

    def run(self, code: str) -> str:
        """What ``code`` printed; an error in it is raised."""
        process = self.start(code)
        printed, _ = process.communicate(timeout=PATIENCE)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, code)
        return printed

    def query(self, expression: str) -> Any:
        """The value of an expression over ``UniversalAIJob`` and ``JobEvent``, by way of JSON."""
        models = "from django_universal_ai.models import *; from django_universal_ai import jobs"
        return json.loads(self.run(f"{models}\nprint(json.dumps({expression}, default=str))"))

    def submit(self, count: int, model: str = "audio/speech_to_text_async/google") -> None:
        """Ask for jobs whose inputs tell them apart: ``{"file": "https://files.example/7"}``."""
        request = f"{{'model': {model!r}, 'input': {{'file': f'{FILES}{{n}}', 'do': 'environ'}}}}"
        self.query(f"len(jobs.submit_many([{request} for n in range({count})]))")

    def purge(self) -> None:
        """Lose every message."""
        for message in (self.root / "messages").iterdir():
            message.unlink()

    @contextmanager
    def worker(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """``celery worker`` in a process group of its own, which never outlives the block."""
        command = [sys.executable, "-m", "celery", "-A", "tests.site.celery", "worker", "-lINFO"]
        with (self.root / "worker.log").open("a") as log:
            process = self._popen([*command, *arguments], stdout=log, stderr=log)
            try:
                yield process
            finally:
                kill_group(process)

    def _popen(self, command: list[str], **streams: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=self._environ(),
            text=True,
            start_new_session=True,
            **streams,
        )

    @property
    def log(self) -> str:
        """What its workers said."""
        return (self.root / "worker.log").read_text()


def kill_group(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
