"""The command: see the package."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import FEATURES
from .comparing import compare
from .modules import HEADER, render
from .overloads import SUBMITTING
from .source import read
from .spec import FeatureSpec, UnreadableSource

FOLDER = Path(__file__).parents[1]
MODELS = FOLDER.parents[1] / "models"


def main(
    arguments: Sequence[str] | None = None, folder: Path = FOLDER, models: Path = MODELS
) -> int:
    """Write the modules below ``folder``, or only say what would change (``--check``).

    The types of ``submit`` go to ``models``.

    Returns 0; 1 when ``--check`` found a difference; 2 when nothing could be compared.
    """
    parser = argparse.ArgumentParser(
        prog="python -m django_universal_ai.contract.features.generator",
        description="Write the typed features as a service describes them.",
    )
    parser.add_argument("source", help="address of /v3/info, or a JSON file with all details")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where something would change"
    )
    options = parser.parse_args(arguments)
    try:
        features = read(options.source)
        files = {
            (models if path == SUBMITTING else folder) / path: text
            for path, text in render(features).items()
        }
    except (OSError, UnreadableSource) as error:
        sys.stderr.write(f"{options.source}: {error}\n")
        return 2
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"ruff, which formats the modules, gave up: {error.stderr}\n")
        return 2
    changes = compare(map(FeatureSpec.of, FEATURES.values()), features)
    stale = _stale(files, folder)
    for line in (*changes, *(f"! {path} is not what would be written" for path in stale)):
        sys.stdout.write(f"{line}\n")
    if options.check:
        return 1 if changes or stale else 0
    _write(files, folder)
    return 0


def _stale(files: dict[Path, str], folder: Path) -> list[Path]:
    wrong = [path for path, text in files.items() if _content(path) != text]
    return sorted(_shown(path, folder) for path in (*wrong, *_left(files, folder)))


def _shown(path: Path, folder: Path) -> Path:
    return path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)


def _write(files: dict[Path, str], folder: Path) -> None:
    for path in _left(files, folder):
        path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _left(files: dict[Path, str], folder: Path) -> list[Path]:
    """Generated files that there is no reason for any more."""
    found = [path for path in folder.rglob("*.py") if _content(path).startswith(HEADER)]
    return [path for path in found if path not in files]


def _content(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
