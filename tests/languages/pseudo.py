"""A language in which every marked string stands in brackets; what stands bare isn't marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import trans_real

LANGUAGE = "xx"

#: The innermost brackets: words that were put into a sentence have their own.
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
#: Ids, and whatever holds a Greek letter, a slash or an underscore: features, names of files.
_DATA = re.compile(
    r"\S*[_/\u0370-\u03ff]\S*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")
#: What may stand bare.
_ALLOWED = {
    *("audio", "ocr"),  # features
    *("default", "local"),  # aliases of settings.UNIVERSAL_AI
    "Job not found.",  # what the service says
    "general",  # the purpose of a file, a word of the contract
    *("CSV", "JSON lines"),  # formats
    *("Search", "True", "False"),  # alternatives of Django's own pictures, unmarked there
}
#: Attributes that browsers show or read out; ``value`` only of buttons.
_TOLD = ("title", "alt", "placeholder", "aria-label", "aria-description", "data-gone", "data-away")
_BUTTONS = ("submit", "button", "reset")
#: What isn't a sentence: code, data as it came, what people typed.
_NO_WORDS = ("script", "style", "code", "pre", "textarea")
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source")


class Pseudo(trans_real.DjangoTranslation):
    """Translates by putting brackets around whatever it is asked for."""

    def gettext(self, message: str) -> str:
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: float) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def spoken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak it until the end of the block."""
    known: Any = vars(trans_real)["_translations"]  # no stub tells of it
    with monkeypatch.context() as patch:
        patch.setitem(known, LANGUAGE, Pseudo(LANGUAGE))
        with translation.override(LANGUAGE):
            yield


def bare(text: str) -> list[str]:
    """The lines with Latin words outside of brackets."""
    while (less := _MARKED.sub(_only_lines, text)) != text:
        text = less
    lines = (_DATA.sub(" ", line).strip(" ()[]0123456789") for line in text.splitlines())
    return [line for line in lines if line not in _ALLOWED and _WORD.search(line)]


def _only_lines(marked: re.Match[str]) -> str:
    return "\n" * marked[0].count("\n")


class Page(HTMLParser):
    """What a page says to people: its texts and the attributes that are shown or read out."""

    def __init__(self, html: str, skip: tuple[str, ...] = ()) -> None:
        """``skip``: ids and classes of elements that are left out with all they hold."""
        super().__init__()
        self.said: list[str] = []
        self.told: list[str] = []
        self.links: list[str] = []
        self._skip = set(skip)
        #: Open elements, and how many of them hide what they hold.
        self._open: list[tuple[str, bool]] = []
        self._hidden = 0
        self.feed(html)

    @property
    def bare(self) -> list[str]:
        """What isn't marked. A sentence may have a link within."""
        return [*bare("\n".join(self.said)), *(line for told in self.told for line in bare(told))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        names = {told.get("id"), *told.get("class", "").split()}
        if tag not in _VOID:
            hides = tag in _NO_WORDS or bool(names & self._skip)
            self._open.append((tag, hides))
            self._hidden += hides
        if self._hidden:
            return
        self.told += [told[name] for name in _TOLD if name in told]
        if tag == "input" and told.get("type") in _BUTTONS:
            self.told.append(told.get("value", ""))
        if tag == "a" and "href" in told:
            self.links.append(told["href"])

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _hides in self._open):
            name, hides = self._open.pop()
            self._hidden -= hides
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.said.append(" ".join(data.split()))
