"""Python code as the project writes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

#: Text by the path of its file.
Files = dict[PurePosixPath, str]

#: The project's, wherever this is run.
_SETTINGS = ("--isolated", "--line-length=100", "--target-version=py311")


def formatted(files: Files) -> Files:
    """The same files as ruff formats them, with their imports sorted and none too many.

    Raises :class:`subprocess.CalledProcessError`, for example where there is no ruff.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        _ruff("check", "--fix", "--select=I,F401", name)
        _ruff("format", name)
        return {path: (folder / path).read_text("utf-8") for path in files}


def _ruff(command: str, *arguments: str) -> None:
    # The interpreter and the arguments are ours.
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "ruff", command, "--quiet", *_SETTINGS, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
