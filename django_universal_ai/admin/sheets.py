"""Pages that were read, with a box around each word that was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.admin import AdminSite

from . import page_pictures
from .json_tree import printable
from .media import Medium
from .media_types import IMAGE

#: Pages that are shown, and boxes on one of them.
MOST_PAGES, MOST_BOXES = 20, 1500
#: Characters of a box's text that are shown.
MOST_TEXT = 200

#: A rectangle in fractions of the page: left, top, width, height.
_SIDES = ("left", "top", "width", "height")


@dataclass(frozen=True, slots=True)
class Box:
    """One word or line. Numbers are text: no language may write them with a comma."""

    text: str
    left: str
    top: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, and where its picture is."""

    number: int
    boxes: list[Box]
    url: str = ""


def sheets(site: AdminSite, name: str, output: Any, files: list[Medium]) -> list[Sheet]:
    """The pages that have boxes and a picture; none where either is missing.

    ``name`` is the ``feature/subfeature`` whose output it is.
    """
    read = [medium for medium in files if medium.field == "file"]
    if len(read) != 1 or not isinstance(output, dict):
        return []
    found = [
        Sheet(number, boxes)
        for number, page in enumerate(_pages(name, output)[:MOST_PAGES], 1)
        if (boxes := list(page)[:MOST_BOXES])
    ]
    urls = ((sheet, _picture_url(site, read[0], sheet.number)) for sheet in found)
    return [replace(sheet, url=url) for sheet, url in urls if url]


def _picture_url(site: AdminSite, medium: Medium, number: int) -> str:
    if medium.kind == IMAGE:
        return medium.url if number == 1 else ""
    return page_pictures.url_of(site, medium.file, number) if medium.file else ""


def _pages(name: str, output: dict[str, Any]) -> list[Iterator[Box]]:
    if name == "ocr/ocr_async":
        return [_on_page(page) for page in _list(output.get("pages"))]
    if name == "ocr/ocr":  # its boxes don't say on which page they are: there should be one
        return [_boxes(_list(output.get("bounding_boxes")))]
    return []


def _on_page(page: Any) -> Iterator[Box]:
    for line in _list(page.get("lines")) if isinstance(page, dict) else []:
        words = _list(line.get("words")) if isinstance(line, dict) else []
        yield from _boxes(words or [line])


def _boxes(found: list[Any]) -> Iterator[Box]:
    for item in found:
        if not isinstance(item, dict):
            continue
        place = item.get("bounding_box", item)
        sides = [place.get(side) for side in _SIDES] if isinstance(place, dict) else []
        if sides and all(_is_fraction(side) for side in sides):
            text = printable(str(item.get("text") or ""))[:MOST_TEXT]
            yield Box(text, *(f"{side:.5f}" for side in sides))


def _is_fraction(side: Any) -> bool:
    """Pixels of a picture that isn't known can't be drawn."""
    return isinstance(side, int | float) and not isinstance(side, bool) and 0 <= side <= 1


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
