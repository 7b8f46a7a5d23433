"""The text that a PDF page carries beside its picture."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_int
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from .layout import Box, Line, Page, Word

if TYPE_CHECKING:
    import pypdfium2

#: Characters below which the text layer of a page with a picture is taken for a stamp of the
#: scanner's software, not for the page's text.
FEWEST_CHARACTERS = 40
#: PDFium maps a page to whole device units only; this many make it fine enough.
UNITS = 100_000
#: What PDFium gives for a hyphen that breaks a word at the end of a line, and for the line break.
LINE_BREAK_HYPHENS = "\x02\ufffe"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and two opposite corners of its place; white space has no place."""

    text: str
    corners: tuple[Point, ...] = ()


def read_text_layer(page: pypdfium2.PdfPage) -> Page | None:
    """The lines of a page's text layer; ``None`` when the page must be recognised instead."""
    import pypdfium2.raw as pdfium

    lines = list(group_lines(_glyphs(page)))
    if sum(len(line.text) for line in lines) >= FEWEST_CHARACTERS:
        return lines
    pictures = any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]))
    return None if pictures or not lines else lines


def group_lines(glyphs: Iterator[Glyph]) -> Iterator[Line]:
    """Words end at white space, lines at line breaks."""
    letters: list[Glyph] = []
    words: list[Word] = []
    for glyph in chain(glyphs, [Glyph("\n")]):
        if glyph.corners:
            letters.append(glyph)
            continue
        if letters:
            words.append(_word(letters))
            letters = []
        if words and glyph.text in "\r\n":
            yield _line(words)
            words = []


def _word(letters: list[Glyph]) -> Word:
    # A character beyond the basic plane may come as two surrogates: join them, or mark them.
    raw = "".join(letter.text for letter in letters)
    text = raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\0", "\ufffd")  # a glyph that the font gives no character for
    return Word(text, Box.around(corner for letter in letters for corner in letter.corners), 1.0)


def _line(words: list[Word]) -> Line:
    box = Box.around(corner for word in words for corner in word.bounding_box.corners())
    return Line(" ".join(word.text for word in words), words, box)


def _glyphs(page: pypdfium2.PdfPage) -> Iterator[Glyph]:
    import pypdfium2.raw as pdfium

    layer = page.get_textpage()
    for index in range(layer.count_chars()):
        text = chr(pdfium.FPDFText_GetUnicode(layer, index))
        if text.isspace():
            yield Glyph(text)
        else:
            left, bottom, right, top = layer.get_charbox(index, loose=True)
            corners = _place(page, left, bottom), _place(page, right, top)
            if text in LINE_BREAK_HYPHENS:
                yield from (Glyph("-", corners), Glyph("\n"))
            else:
                yield Glyph(text, corners)


def _place(page: pypdfium2.PdfPage, x: float, y: float) -> Point:
    """A point of the page's own plane in fractions of the page as it is shown."""
    import pypdfium2.raw as pdfium

    across, down = c_int(), c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, UNITS, UNITS, 0, x, y, byref(across), byref(down))
    return across.value / UNITS, down.value / UNITS
