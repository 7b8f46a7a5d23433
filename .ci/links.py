"""Check that every internal link and picture of built pages leads somewhere: ``links.py FOLDER``.

Also the relative links of the Markdown files that stand outside of the documentation. Addresses of
others are left to the workflow ``links``, for they want a network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
_MARKDOWN = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")
#: Pages that Sphinx makes out of nothing we wrote.
_MADE = {"genindex.html", "search.html", "py-modindex.html"}


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value}
        self.anchors.update(found[name] for name in ("id", "name") if name in found)
        self.links.extend(found[name] for name in ("href", "src") if name in found)


def broken_in_pages(folder: Path) -> Iterator[str]:
    """A line for each link of the built pages that leads nowhere."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        if path.name in _MADE:
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                yield f"{path.relative_to(folder.resolve())}: {link} leads to no file"
            elif parts.fragment and target in pages and parts.fragment not in pages[target].anchors:
                yield f"{path.relative_to(folder.resolve())}: {link} leads to no place of its page"


def broken_in_markdown(files: list[Path]) -> Iterator[str]:
    """The same for relative links of Markdown files, as a code host shows them."""
    for path in files:
        for link in _MARKDOWN.findall(path.read_text("utf-8")):
            target = link.partition("#")[0]
            if target and not (path.parent / target).exists():
                yield f"{path.name}: {link} leads to no file"


def main(folder: str) -> int:
    """Print what is broken."""
    lines = [*broken_in_pages(Path(folder)), *broken_in_markdown(sorted(ROOT.glob("*.md")))]
    for line in lines:
        print(line)
    print(f"{len(lines)} broken links.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
