from __future__ import annotations

from django_universal_ai.providers.layout import Box, Line, Word, document_output, text_output

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.1}
PAGES = [
    [Line("one two", [Word("one", Box(**BOX), 0.9)], Box(**BOX), 0.8), Line("three")],
    [],
    [Line("four")],
]


def test_a_box_goes_around_its_points_and_stays_on_the_page() -> None:
    assert Box.around([(0.4, 0.2), (0.1, 0.3)]) == Box(**BOX)
    assert Box.around([(-1.0, 0.5), (2.0, 1.5)]) == Box(0.0, 0.5, 1.0, 0.5)


def test_the_output_of_ocr_async() -> None:
    line = {
        "text": "one two",
        "words": [{"text": "one", "bounding_box": BOX, "confidence": 0.9}],
        "bounding_box": BOX,
        "confidence": 0.8,
    }
    output = document_output(PAGES)
    assert output["raw_text"] == "one two\nthree\n\n\n\nfour"
    assert output["number_of_pages"] == 3
    assert output["pages"][0]["lines"][0] == line
    assert output["pages"][1] == {"lines": []}


def test_the_output_of_ocr() -> None:
    assert text_output(PAGES) == {
        "text": "one two\nthree\n\n\n\nfour",
        "bounding_boxes": [{"text": "one", **BOX}],
    }
