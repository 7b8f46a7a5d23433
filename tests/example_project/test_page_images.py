from __future__ import annotations

from io import BytesIO
from typing import Any
from unittest import mock

import pytest
from PIL import Image

from django_universal_ai.models import UniversalAIFile
from example_project.documents import page_images
from example_project.documents.page_images import LONGEST_SIDE, NoPicture, page_image

from .conftest import SAMPLES

pytestmark = pytest.mark.django_db
ORIENTATION = 0x0112
TURNED_LEFT = 6


def stored(picture: Image.Image, name: str = "photo.jpg", **options: Any) -> UniversalAIFile:
    content = BytesIO()
    picture.save(content, **options)
    return UniversalAIFile.objects.store(content.getvalue(), name=name)


def opened(upload: UniversalAIFile, number: int = 1) -> Image.Image:
    return Image.open(BytesIO(page_image(upload, number)))


def test_a_page_of_a_pdf_is_drawn() -> None:
    page = opened(UniversalAIFile.objects.store(SAMPLES / "scan.pdf"), 2)
    assert max(page.size) == LONGEST_SIDE
    assert page.format == "WEBP"


def test_a_large_photo_is_made_smaller() -> None:
    page = opened(stored(Image.new("RGB", (4000, 1000)), format="JPEG"))
    assert page.size == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_a_photo_stands_as_its_camera_was_held() -> None:
    held = Image.Exif()
    held[ORIENTATION] = TURNED_LEFT
    assert opened(stored(Image.new("RGB", (40, 20)), format="JPEG", exif=held)).size == (20, 40)


def test_what_is_transparent_is_white() -> None:
    page = opened(stored(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "page.png", format="PNG"))
    assert page.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def test_a_fax_has_several_pages() -> None:
    pages = [Image.new("L", (20, 20), shade) for shade in (0, 255)]
    fax = stored(pages[0], "fax.tiff", format="TIFF", save_all=True, append_images=pages[1:])
    assert opened(fax, 2).convert("L").getpixel((10, 10)) == 255
    with pytest.raises(NoPicture):
        page_image(fax, 3)


@pytest.mark.parametrize("content", [b"%PDF-1.7 and nothing else", b"\x89PNG\r\n\x1a\n nothing"])
def test_a_damaged_file_is_told_by_name(content: bytes) -> None:
    upload = UniversalAIFile.objects.store(content, name="broken")
    with pytest.raises(NoPicture, match=r"Page 1 of broken can't be shown: "):
        page_image(upload, 1)


def test_a_page_is_made_once() -> None:
    upload = UniversalAIFile.objects.store(SAMPLES / "scan.pdf")
    first = page_image(upload, 1)
    with mock.patch.object(page_images, "_draw", side_effect=AssertionError):
        assert page_image(upload, 1) == first
