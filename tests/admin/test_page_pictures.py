"""Pages of documents as pictures."""

from __future__ import annotations

import io
import threading

import pytest
from django.test import Client

from django_universal_ai.admin import page_pictures
from django_universal_ai.models import UniversalAIFile
from tests.providers.pdf import make_pdf

from .test_files import FILES

image = pytest.importorskip("PIL.Image", reason="the extra [ocr] is not installed")
pytest.importorskip("pypdfium2", reason="the extra [ocr] is not installed")

pytestmark = pytest.mark.django_db


def url_of(content: bytes, number: int = 1, name: str = "bill.pdf") -> str:
    file = UniversalAIFile.objects.store(content, name=name)
    return f"{FILES}{file.pk}/pages/{number}/"


def test_a_page_is_a_picture(root: Client) -> None:
    url = url_of(make_pdf(["One"], ["Two"]), 2)
    response = root.get(url)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert "Cookie" in response.headers["Vary"]
    picture = image.open(io.BytesIO(response.content))
    assert picture.size == (1200, 1600)


def test_so_is_a_page_of_a_tiff_file(root: Client) -> None:
    content = io.BytesIO()
    frames = [image.new("RGB", (30, 20), colour) for colour in ("white", "red")]
    frames[0].save(content, "TIFF", save_all=True, append_images=frames[1:])
    picture = image.open(io.BytesIO(root.get(url_of(content.getvalue(), 2, "a.tif")).content))
    assert picture.size == (30, 20)
    red, green, blue = picture.getpixel((15, 10))
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize(
    ("content", "number", "name"),
    [
        (make_pdf(["One"]), 2, "bill.pdf"),
        (make_pdf(["One"]), 0, "bill.pdf"),
        (make_pdf(["One"], encrypt=True), 1, "bill.pdf"),
        (b"%PDF-1.7 broken", 1, "bill.pdf"),
        (b"RIFF", 1, "call.wav"),
        (b"\x89PNG", 1, "scan.png"),
    ],
)
def test_what_cannot_be_drawn_is_not_found(
    root: Client, content: bytes, number: int, name: str
) -> None:
    assert root.get(url_of(content, number, name)).status_code == 404


@pytest.mark.parametrize(("name", "value"), [("PATIENCE", 0.001), ("MEMORY", 1), ("LARGEST", 1)])
def test_it_has_limits(
    root: Client, monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    monkeypatch.setattr(page_pictures, name, value)
    assert root.get(url_of(make_pdf(["One"]))).status_code == 404


def test_few_are_drawn_at_once(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_pictures, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(page_pictures, "_WAIT", 0.01)
    url = url_of(make_pdf(["One"]))
    with page_pictures._turns:
        assert root.get(url).status_code == 503
    assert root.get(url).status_code == 200


def test_it_is_for_those_who_may_see_files(root: Client, viewer: Client) -> None:
    url = url_of(make_pdf(["One"]))
    assert viewer.get(url).status_code == 403
    assert root.post(url).status_code == 405
    gone = url_of(make_pdf(["One"]))
    file = UniversalAIFile.objects.get(pk=gone.split("/")[-4])
    file.file.storage.delete(str(file.file.name))
    assert root.get(gone).status_code == 404
