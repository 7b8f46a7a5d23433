"""A Django project of a reader, made in a folder as the pages say."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from .pages import ROOT

#: Seconds for one command; the machine may be busy.
PATIENCE = 300

#: So that no broker is asked for, and the dummy does the work.
OFFLINE = """
UNIVERSAL_AI = {
    "default": {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"},
}
CELERY_BROKER_URL = "memory://"
"""


@dataclass(frozen=True, slots=True)
class Project:
    """The folder with ``manage.py``."""

    folder: Path

    @classmethod
    def start(cls, folder: Path, app: str) -> Project:
        """``startproject mysite`` and ``startapp``."""
        call_command("startproject", "mysite", str(folder))
        project = cls(folder)
        project.start_app(app)
        return project

    def start_app(self, name: str) -> None:
        """``startapp``."""
        (self.folder / name).mkdir()
        call_command("startapp", name, str(self.folder / name))

    def add(self, name: str, text: str) -> None:
        """Write a file. Settings, and URLs that say so, are added to what is there."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        adds = path.name == "settings.py" or "urlpatterns +=" in text
        before = path.read_text() if adds and path.exists() else ""
        path.write_text(f"{before}\n{text}" if before else text)

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py``; its output."""
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        """Run Python in the project; its output. Fails the test where it fails."""
        # Coverage would follow the process, at twice its time; the same code has tests of its own.
        environment = {
            name: value
            for name, value in os.environ.items()
            if name != "DJANGO_SETTINGS_MODULE" and not name.startswith("COVERAGE_")
        }
        environment["PYTHONPATH"] = os.pathsep.join([str(self.folder), str(ROOT)])
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, f"{' '.join(arguments)}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout + ran.stderr
