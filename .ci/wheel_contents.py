"""Compare a wheel with the package's folder: every file is there, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

PACKAGE = "django_universal_ai"


def main(wheel: str) -> int:
    """Print the differences; 1 if there are any."""
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        licensed = any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    source = {
        path.as_posix()
        for path in Path(PACKAGE).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    packed = {name for name in packed if not name.endswith("/")}
    problems = [f"missing: {name}" for name in sorted(source - packed)]
    problems += [f"should not be there: {name}" for name in sorted(packed - source)]
    catalogues = {
        Path(name).with_suffix(".mo").as_posix() for name in packed if name.endswith(".po")
    }
    problems += [f"not compiled: {name}" for name in sorted(catalogues - packed)]
    if not catalogues:
        problems.append("missing: the catalogues of languages")
    if not licensed:
        problems.append("missing: LICENSE")
    for line in problems or [f"{len(packed)} files, as in {PACKAGE}/"]:
        print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
