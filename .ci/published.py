"""Give the package the address of its repository, before it is built for PyPI.

``python .ci/published.py https://example.com/owner/name v0.1.0``. The README's links and pictures
are relative, so that they work in any clone; on PyPI they would lead nowhere. And no file names
the repository's address, so that a fork releases under its own.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path("README.md")
PYPROJECT = Path("pyproject.toml")
_TARGETS = re.compile(r"""(\]\(|\bsrc="|\bsrcset=")(?!https?:|#)([^)"]+)""")


def with_absolute_links(text: str, repository: str, tag: str) -> str:
    """The README with each relative link and picture at a tag of the repository."""

    def absolute(found: re.Match[str]) -> str:
        opening, target = found.groups()
        kind = "blob" if opening == "](" else "raw"
        return f"{opening}{repository}/{kind}/{tag}/{target}"

    return _TARGETS.sub(absolute, text)


def urls(repository: str, tag: str) -> str:
    """The table of ``pyproject.toml``."""
    pages = {
        "Repository": "",
        "Documentation": f"/blob/{tag}/docs/index.md",
        "Changelog": f"/blob/{tag}/CHANGELOG.md",
        "Issues": "/issues",
        "Security": "/security/policy",
    }
    lines = [f'{name} = "{repository}{path}"' for name, path in pages.items()]
    return "\n".join(["[project.urls]", *lines, "", ""])


def main(repository: str, tag: str) -> int:
    """Rewrite both files; 1 if the tag isn't this version's."""
    settings = PYPROJECT.read_text(encoding="utf-8")
    if f'\nversion = "{tag.removeprefix("v")}"\n' not in settings:
        print(f"The tag {tag} isn't the version in {PYPROJECT}.")
        return 1
    if not re.search(
        rf"^## {re.escape(tag[1:])} - \d{{4}}-\d\d-\d\d$", Path("CHANGELOG.md").read_text(), re.M
    ):
        print(f"CHANGELOG.md has no dated section for {tag}.")
        return 1
    before = "[project.optional-dependencies]\n"
    PYPROJECT.write_text(settings.replace(before, urls(repository, tag) + before), encoding="utf-8")
    README.write_text(
        with_absolute_links(README.read_text(encoding="utf-8"), repository, tag), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
