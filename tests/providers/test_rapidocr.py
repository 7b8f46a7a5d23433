from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import ProviderRequest, ProviderResult, run
from django_universal_ai.providers.rapidocr import RapidOCR

from .conftest import SAMPLES
from .pdf import make_pdf

pytestmark = pytest.mark.usefixtures("rapidocr")

Read = Callable[..., ProviderResult]


def request(path: Path, subfeature: str = "ocr_async", **options: Any) -> ProviderRequest:
    original, params = options.pop("original", False), options.pop("params", {})
    return ProviderRequest(
        "ocr",
        subfeature,
        input={"file": "an id", **options},
        files={"file": path},
        provider_params=params,
        show_original_response=original,
    )


@pytest.fixture(scope="module")
def read() -> Read:
    """Runs the provider in this process, always the same instance of it."""
    provider = RapidOCR()

    def read(path: Path, *arguments: Any, **options: Any) -> ProviderResult:
        return provider.run(request(path, *arguments, **options), lambda _: None)

    return read


@pytest.fixture
def strip(scan: Path) -> Any:
    """The first lines of the scan's second page, as a picture."""
    from pypdfium2 import PdfDocument

    page = PdfDocument(scan)[1].render(scale=150 / 72).to_pil()
    return page.crop((0, 80, page.width, 420))


STRIP = [
    "Plans for the autumn",
    "Three evenings are agreed: a talk on old maps in",
    "September, a repair workshop in October, and the",
    "night of short stories in November.",
]


def lines(result: ProviderResult) -> list[str]:
    return [line["text"] for page in result.output["pages"] for line in page["lines"]]


def test_the_sample_in_a_child_reads_as_it_was_written(scan: Path) -> None:
    shares: list[float] = []
    result = run("rapidocr", request(scan), timeout=100, on_progress=shares.append)
    written = runpy.run_path(str(SAMPLES / "make_samples.py"))["PAGES"]
    output = result.output
    assert [line for line in output["raw_text"].splitlines() if line] == [
        line for page in written for line in page.splitlines() if line
    ]
    assert output["number_of_pages"] == len(output["pages"]) == 2
    assert shares == [0.5, 1.0]
    assert result.cost == 0


def test_words_have_places_and_confidence(read: Read, strip: Any, tmp_path: Path) -> None:
    strip.save(tmp_path / "strip.png")
    (page,) = read(tmp_path / "strip.png").output["pages"]
    title = page["lines"][0]
    assert [word["text"] for word in title["words"]] == STRIP[0].split()
    lefts = [word["bounding_box"]["left"] for word in title["words"]]
    assert lefts == sorted(lefts)
    assert lefts[0] == pytest.approx(130 / 1240, abs=0.02)
    for part in (title, *title["words"]):
        assert 0.9 < part["confidence"] <= 1
        assert all(0 < value < 1 for value in part["bounding_box"].values())


@pytest.mark.parametrize(
    "quarters",
    [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(3, marks=pytest.mark.slow)],
)
def test_a_turned_page_is_read_upright(
    read: Read, strip: Any, tmp_path: Path, quarters: int
) -> None:
    strip.rotate(90 * quarters, expand=True).save(tmp_path / "turned.png")
    result = read(tmp_path / "turned.png", original=True)
    assert lines(result) == STRIP
    assert result.original_response[0]["turned_left"] == 360 - 90 * quarters
    box = result.output["pages"][0]["lines"][0]["bounding_box"]
    # The title's box lies where it is on the page as it was sent.
    assert (box["height"] > box["width"]) == (quarters != 2)
    middle = box["left"] + box["width"] / 2, box["top"] + box["height"] / 2
    near_start = {1: middle[0] < 0.5, 2: middle[1] > 0.5, 3: middle[0] > 0.5}
    assert near_start[quarters]


def test_a_blank_page(read: Read, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (600, 800), "white").save(tmp_path / "blank.png")
    output = read(tmp_path / "blank.png").output
    assert output == {"raw_text": "", "pages": [{"lines": []}], "number_of_pages": 1}


def test_the_text_layer_is_taken_as_it_is(read: Read, tmp_path: Path) -> None:
    (tmp_path / "text.pdf").write_bytes(make_pdf(["WrItTeN qU1tE od0ly 1l1l"]))
    result = read(tmp_path / "text.pdf", original=True)
    assert lines(result) == ["WrItTeN qU1tE od0ly 1l1l"]
    assert result.original_response == [{"source": "text layer"}]


def test_a_text_layer_can_be_passed_over(read: Read, tmp_path: Path) -> None:
    (tmp_path / "text.pdf").write_bytes(make_pdf(["Plans for the autumn"]))
    result = read(tmp_path / "text.pdf", original=True, params={"text_layer": False})
    assert result.original_response[0]["source"] == "rapidocr"
    assert "autumn" in result.output["raw_text"]
    with pytest.raises(ProviderError, match="text_layer must be true or false"):
        read(tmp_path / "text.pdf", params={"text_layer": "no"})


def test_the_original_response(read: Read, strip: Any, tmp_path: Path) -> None:
    strip.save(tmp_path / "strip.png")
    assert read(tmp_path / "strip.png").original_response is None
    (page,) = read(tmp_path / "strip.png", original=True).original_response
    assert page["source"] == "rapidocr"
    assert page["turned_left"] == 0
    assert [line["text"] for line in page["lines"]] == STRIP
    assert len(page["lines"][0]["corners"]) == 4


def test_plain_ocr(read: Read, strip: Any, tmp_path: Path) -> None:
    strip.save(tmp_path / "strip.png")
    output = read(tmp_path / "strip.png", "ocr", language="en").output
    assert output["text"].splitlines() == STRIP
    assert [box["text"] for box in output["bounding_boxes"]] == " ".join(STRIP).split()


@pytest.mark.parametrize("language", ["ru", "uk-UA", "AR", "ko_KR"])
def test_letters_that_it_does_not_know_are_refused(read: Read, scan: Path, language: str) -> None:
    with pytest.raises(ProviderError, match=f"can't read '{language}'"):
        read(scan, "ocr", language=language)
