from __future__ import annotations

from pathlib import Path

import pytest

from django_universal_ai.providers.layout import Box, Page
from django_universal_ai.providers.text_layer import Glyph, group_lines, read_text_layer

from .pdf import make_pdf

pytestmark = pytest.mark.usefixtures("rapidocr")

LONG = "This line is long enough to be the text of a page."


def read(data: bytes, tmp_path: Path) -> Page | None:
    from pypdfium2 import PdfDocument

    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    return read_text_layer(PdfDocument(path)[0])


def test_lines_and_words_have_boxes(tmp_path: Path) -> None:
    page = read(make_pdf(["Hello dear world", LONG]), tmp_path)
    assert page is not None
    assert [line.text for line in page] == ["Hello dear world", LONG]
    assert [word.text for word in page[0].words] == ["Hello", "dear", "world"]
    assert {word.confidence for line in page for word in line.words} == {1.0}
    hello, dear, world = (word.bounding_box for word in page[0].words)
    assert hello.left == pytest.approx(72 / 600, abs=0.01)
    assert hello.top + hello.height == pytest.approx(80 / 800, abs=0.02)
    assert hello.left + hello.width < dear.left
    assert dear.left + dear.width < world.left
    line = page[0].bounding_box
    assert line is not None
    assert line.width == pytest.approx(world.left + world.width - hello.left, abs=1e-4)


def test_boxes_fit_the_page_as_it_is_shown(tmp_path: Path) -> None:
    page = read(make_pdf([LONG], rotate=90), tmp_path)
    assert page is not None
    box = page[0].bounding_box
    assert box is not None
    # Turned to the right, the text runs down along the right edge.
    assert box.left > 0.8
    assert box.height > 5 * box.width


def test_a_page_without_text_is_recognised(tmp_path: Path) -> None:
    assert read(make_pdf([]), tmp_path) is None
    assert read(make_pdf([], picture=True), tmp_path) is None


def test_a_stamp_beside_a_picture_is_not_the_text(tmp_path: Path) -> None:
    assert read(make_pdf(["Scanned by some app"], picture=True), tmp_path) is None
    assert read(make_pdf(["Scanned by some app"]), tmp_path) is not None
    assert read(make_pdf([LONG], picture=True), tmp_path) is not None


def glyphs(text: str) -> list[Glyph]:
    return [Glyph(char) if char.isspace() else Glyph(char, ((0, 0), (1, 1))) for char in text]


def test_white_space_parts_words_and_line_breaks_part_lines() -> None:
    lines = list(group_lines(iter(glyphs("  a bc\r\n\r\n \nd "))))
    assert [[word.text for word in line.words] for line in lines] == [["a", "bc"], ["d"]]
    assert lines[0].bounding_box == Box(0, 0, 1, 1)


def test_what_is_no_character_is_joined_or_marked() -> None:
    (line,) = group_lines(iter(glyphs("\ud83d\ude00 \ud83d a\0")))
    assert line.text == "😀 � a�"


def test_a_hyphen_at_the_end_of_a_line_stays_one(tmp_path: Path) -> None:
    page = read(
        make_pdf(["This is a long para-", "graph in which a word is broken in two."]), tmp_path
    )
    assert page is not None
    assert page[0].text == "This is a long para-"
