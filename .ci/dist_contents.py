"""Compare a wheel and an sdist with the package's folder: every file is there, and nothing else."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

PACKAGE = "django_universal_ai"
#: What an sdist has beside the package. Its backend rewrites pyproject.toml and keeps the original.
SDIST = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "pyproject.toml.orig"}


def wheel_files(path: str) -> set[str]:
    """What a wheel has."""
    with ZipFile(path) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def sdist_files(path: str) -> set[str]:
    """What an sdist has in its folder."""
    with tarfile.open(path) as archive:
        names = (member.name for member in archive.getmembers() if member.isfile())
        return {name.partition("/")[2] for name in names}


def problems(wheel: set[str], sdist: set[str], source: set[str]) -> list[str]:
    """What is wrong with the two, a line each."""
    packed = {name for name in wheel if ".dist-info/" not in name}
    expected = {"wheel": (packed, source), "sdist": (sdist, source | SDIST)}
    found = []
    for kind, (has, wanted) in expected.items():
        found += [f"{kind}: missing: {name}" for name in sorted(wanted - has)]
        found += [f"{kind}: should not be there: {name}" for name in sorted(has - wanted)]
    catalogues = {
        Path(name).with_suffix(".mo").as_posix() for name in packed if name.endswith(".po")
    }
    found += [f"wheel: not compiled: {name}" for name in sorted(catalogues - packed)]
    if not catalogues:
        found.append("wheel: missing: the catalogues of languages")
    if not any(name.endswith("licenses/LICENSE") for name in wheel):
        found.append("wheel: missing: LICENSE")
    if f"{PACKAGE}/py.typed" not in packed:
        found.append("wheel: missing: py.typed")
    return found


def main(wheel: str, sdist: str) -> int:
    """Print the differences; 1 if there are any."""
    source = {
        path.as_posix()
        for path in Path(PACKAGE).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    found = problems(wheel_files(wheel), sdist_files(sdist), source)
    for line in found or [f"Wheel and sdist: {len(source)} files, as in {PACKAGE}/"]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
