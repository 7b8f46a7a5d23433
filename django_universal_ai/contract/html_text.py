"""The words of an HTML page, as proxies and load balancers send them in place of an answer."""

from __future__ import annotations

from contextlib import suppress
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style"})


class _Words(HTMLParser):
    """Collects the text of a page, its title apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.text: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title.append(data)
        elif self._inside not in _SILENT:
            self.text.append(data)


def html_text(page: str) -> str:
    """The page's title, or all its text where it has none."""
    words = _Words()
    # Some releases of the parser assert that there is no "<![what[": read up to there.
    with suppress(AssertionError):
        words.feed(page)
        words.close()
    return " ".join(words.title).strip() or " ".join(words.text).strip()
