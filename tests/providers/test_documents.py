from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers.documents import LONGEST_SIDE, open_document

from .pdf import make_pdf

if TYPE_CHECKING:
    from django_universal_ai.providers.documents import Picture

pytestmark = pytest.mark.usefixtures("rapidocr")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for a file whose name says nothing about what is in it."""
    return tmp_path / "upload"


def count(path: Path) -> int:
    with open_document(path) as document:
        return len(document)


def picture(path: Path, number: int = 0) -> Picture:
    with open_document(path) as document:
        assert document.text_layer(number) is None
        return document.picture(number)


def test_a_scanned_pdf(scan: Path) -> None:
    assert count(scan) == 2
    height, width, channels = picture(scan, 1).shape
    assert channels == 3
    assert height / width == pytest.approx(297 / 210, rel=0.01)


def test_a_written_pdf(path: Path) -> None:
    path.write_bytes(b"rubbish before the header\n" + make_pdf(["Written,"], ["not scanned."]))
    with open_document(path) as document:
        pages = [document.text_layer(number) for number in range(len(document))]
    assert [[line.text for line in page or ()] for page in pages] == [
        ["Written,"],
        ["not scanned."],
    ]


def test_a_huge_page_is_drawn_small(path: Path) -> None:
    path.write_bytes(make_pdf([""]).replace(b"[0 0 600 800]", b"[0 0 9000 8000]"))
    assert max(picture(path).shape) == pytest.approx(LONGEST_SIDE, abs=1)


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99])
def test_a_truncated_pdf(scan: Path, path: Path, kept: float) -> None:
    data = scan.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(ProviderError, match=r"^upload is a damaged PDF file: "):
        count(path)


def test_a_pdf_with_a_password(path: Path) -> None:
    path.write_bytes(make_pdf(["secret"], encrypt=True))
    with pytest.raises(ProviderError, match=r"^upload is protected by a password: save it without"):
        count(path)


def test_a_page_that_is_not_there(path: Path) -> None:
    path.write_bytes(
        make_pdf(["one"], ["two"]).replace(b"/Kids [6 0 R 8 0 R]", b"/Kids [6 0 R 9 0 R]")
    )
    with pytest.raises(ProviderError, match=r"^Page 2 of upload is damaged: "):
        picture(path, 1)


def test_a_text_is_no_document(path: Path) -> None:
    path.write_text("only text")
    with pytest.raises(ProviderError, match=r"^upload is neither a PDF nor a picture"):
        count(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_pictures(path: Path, kind: str) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), "blue").save(path, kind)
    assert count(path) == 1
    pixels = picture(path)
    assert pixels.shape == (30, 40, 3)
    blue, green, red = pixels[15, 20].tolist()
    assert blue > 240
    assert max(green, red) < 15


def test_a_tiff_has_pages_and_a_gif_has_none(path: Path) -> None:
    from PIL import Image

    frames = [Image.new("L", (9, 9), grey) for grey in (0, 100, 200)]
    frames[0].save(path, "TIFF", save_all=True, append_images=frames[1:])
    assert [int(picture(path, page).max()) for page in range(count(path))] == [0, 100, 200]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])
    assert count(path) == 1


def test_what_is_transparent_becomes_white(path: Path) -> None:
    from PIL import Image

    Image.new("RGBA", (5, 5), (0, 0, 0, 0)).save(path, "PNG")
    assert picture(path).min() == 255


def test_sixteen_bits_of_grey_keep_their_shades(path: Path) -> None:
    import numpy
    from PIL import Image

    shades = numpy.array([[0, 32_768, 65_535]], dtype=numpy.uint16)
    Image.fromarray(shades).save(path, "PNG")
    assert picture(path)[0, :, 0].tolist() == [0, 128, 255]


def test_a_photo_is_turned_as_its_camera_says(path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    Image.new("RGB", (40, 30)).save(path, "JPEG", exif=exif)
    assert picture(path).shape == (40, 30, 3)


def test_a_truncated_picture(path: Path) -> None:
    from PIL import Image

    Image.effect_noise((200, 200), 50).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ProviderError, match=r"^Page 1 of upload is damaged: .*truncated"):
        picture(path)


def test_a_bomb_is_not_opened(path: Path) -> None:
    from PIL import Image

    Image.new("1", (20_000, 20_000)).save(path, "PNG")
    with pytest.raises(ProviderError, match=r"^upload has too many pixels: "):
        count(path)
