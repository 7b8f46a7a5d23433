"""Compare what the README says of the package without extras with an environment that has it.

``python .ci/install_size.py SITE_PACKAGES``. What we need has releases of its own, so a little
more or less is no mistake of the page.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

README = Path("README.md")
SAID = re.compile(r"are (?P<packages>\d+)\s+packages\s+and\s+(?P<megabytes>\d+) MB")
PACKAGES_MORE_OR_LESS = 2
MEGABYTES_MORE_OR_LESS = 6


def main(folder: str) -> int:
    """Print both; 1 if they are far apart."""
    said = SAID.search(README.read_text(encoding="utf-8"))
    if said is None:
        print(f"{README} doesn't say how large the package is: {SAID.pattern}")
        return 1
    packages = len(list(distributions(path=[folder])))
    files = (path for path in Path(folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    print(f"Without extras: {packages} packages, {megabytes:.0f} MB. {README} says", *said.groups())
    return int(
        abs(packages - int(said["packages"])) > PACKAGES_MORE_OR_LESS
        or abs(megabytes - int(said["megabytes"])) > MEGABYTES_MORE_OR_LESS
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
