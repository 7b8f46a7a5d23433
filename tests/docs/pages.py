"""The documentation as data: its code blocks and its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"^```(?:\{code-block\} )?(?P<language>[a-z]+)\n(?::caption: (?P<caption>[^\n]+)\n\n)?"
    r"(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of code on a page."""

    page: str
    language: str
    #: The file that it is to be put into, as the page says above it; may be empty.
    caption: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.caption or self.text.splitlines()[0][:40]}"


def pages() -> list[Path]:
    """Every page that we wrote, the README first."""
    return [README, *sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)]


def read(name: str) -> str:
    """A page below ``docs/``, without its suffix: ``howto/files``."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def blocks(path: Path) -> list[Block]:
    """The code blocks of a page, in order."""
    name = str(path.relative_to(ROOT))
    return [
        Block(name, found["language"], found["caption"] or "", found["text"])
        for found in _FENCE.finditer(path.read_text(encoding="utf-8"))
    ]


def files_of(name: str) -> dict[str, str]:
    """What a page under ``docs/`` puts into files, by file."""
    return {block.caption: block.text for block in blocks(DOCS / f"{name}.md") if block.caption}


def python_of(name: str) -> list[str]:
    """The Python blocks of a page under ``docs/`` that belong to no file, in order."""
    found = blocks(DOCS / f"{name}.md")
    return [block.text for block in found if block.language == "python" and not block.caption]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of the tables in ``text``, heads and rules left out."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("|") and not line.startswith("|--") and not follows.startswith("|--"):
            yield [cell.strip() for cell in _CELL.split(line.strip("|"))]


def section(text: str, heading: str) -> str:
    """The part of a page below a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.M | re.S)
    assert found, f"there is no heading {heading!r}"
    return found[1]


def ticked(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)
