"""Follow "Your first job" of the README to the letter, in an empty folder, with the built wheel.

``python .ci/first_job.py WHEEL FOLDER``. Two things differ from what a reader types: ``pip`` gets
the wheel where the page has the package's name, and no broker answers, whatever runs here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import README, ROOT, blocks

ACTIVATE = ". .venv/bin/activate"
SCAN = ROOT / "example_project" / "samples" / "scan.pdf"
TITLE = "Lantern Street Library"
#: Seconds for one command; the machine may be busy.
PATIENCE = 400
#: What the environment of this process would tell a reader's.
OURS = ("DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONWARNINGS")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where the reader types."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> Terminal:
        """In a new folder, with this interpreter as ``python``."""
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)
        python = folder / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys._base_executable}" "$@"\n')  # type: ignore[attr-defined]
        python.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        kept["PATH"] = f"{python.parent}{os.pathsep}{kept['PATH']}"
        kept["PIP_QUIET"] = "1"
        kept["CELERY_BROKER_URL"] = "amqp://127.0.0.1:1//"
        return cls(folder, kept)

    def start(self, command: str, pipe: int | None = None) -> subprocess.Popen[str]:
        """Begin one command; ``pipe`` is where it reads and prints."""
        print(f"$ {command.strip()}", flush=True)
        return subprocess.Popen(
            ["bash", "-ec", command],
            cwd=self.folder,
            env=self.environment,
            stdin=pipe,
            stdout=pipe,
            text=True,
        )

    def enter(self, command: str, typed: str = "") -> str:
        """One command, what is typed into it, and what it prints; leaves where it fails."""
        begun = time.monotonic()
        process = self.start(command, subprocess.PIPE)
        said, _ = process.communicate(typed, timeout=PATIENCE)
        print(f"{said}({time.monotonic() - begun:.0f} s)", flush=True)
        if process.returncode:
            sys.exit(f"failed: {command}")
        return said


def commands(block: str) -> list[str]:
    """What a console block has to be typed."""
    return re.findall(r"^\$ (.+)$", block, re.M)


def main(wheel: Path, folder: Path) -> int:
    """Do all that the section says; 1 unless the text of the scan comes out."""
    page = README.read_text(encoding="utf-8").split("\n## Your first job\n")[1].split("\n## ")[0]
    texts = [block.text for block in blocks(README) if block.text in page]
    installing, settings, starting, shell = texts
    *before, worker = commands(starting)
    begun = time.monotonic()

    terminal = Terminal.open(folder)
    shutil.copy(SCAN, folder / "scan.pdf")
    typed = [line.replace('"django-universal-ai[', f'"{wheel}[') for line in commands(installing)]
    terminal.enter("\n".join(typed))
    with (folder / "mysite" / "settings.py").open("a") as file:
        file.write(settings)
    for line in before:
        terminal.enter(f"{ACTIVATE}\n{line}")
    running = terminal.start(f"{ACTIVATE}\nexec {worker}")
    try:
        said = terminal.enter(f"{ACTIVATE}\npython manage.py shell", shell)
    finally:
        running.terminate()
        running.wait(PATIENCE)
    print(f"The README's first job took {time.monotonic() - begun:.0f} s.")
    return 0 if TITLE in said else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
