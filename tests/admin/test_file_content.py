"""The content of stored files, as browsers get it."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from django_universal_ai.models import UniversalAIFile

from .conftest import Person
from .test_files import FILES

pytestmark = pytest.mark.django_db

WAV = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(84))


def store(content: bytes, name: str, content_type: str = "") -> UniversalAIFile:
    return UniversalAIFile.objects.store(content, name=name, content_type=content_type)


def url_of(file: UniversalAIFile) -> str:
    return f"{FILES}{file.pk}/content/"


def body(response: Any) -> bytes:
    return b"".join(response)


def test_what_a_browser_can_show_is_shown_and_nothing_in_it_runs(root: Client) -> None:
    response = root.get(url_of(store(WAV, "call.bin", "text/html")))
    assert body(response) == WAV
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.headers["Content-Disposition"] == 'inline; filename="call.bin"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (b"<script>alert(1)</script>", "a.html", "text/html"),
        (b"<script>alert(1)</script>", "a.png", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "image/svg+xml"),
        (b"\n<?xml version='1.0'?>", "a.pdf", "application/pdf"),
        (b"MZ", "a.exe", ""),
    ],
)
def test_anything_else_is_only_downloaded(
    root: Client, content: bytes, name: str, content_type: str
) -> None:
    response = root.get(url_of(store(content, name, content_type)))
    assert body(response) == content
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_a_pdf_may_stand_in_a_page_of_this_site(root: Client) -> None:
    response = root.get(url_of(store(b"%PDF-1.7 ...", "bill.pdf")))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Content-Security-Policy" not in response.headers
    assert body(response) == b"%PDF-1.7 ..."


def test_what_could_be_shown_can_be_downloaded_too(root: Client) -> None:
    response = root.get(url_of(store(WAV, "call.wav")), {"download": ""})
    assert response.headers["Content-Disposition"].startswith("attachment")
    response.close()


@pytest.mark.parametrize(
    ("asked", "told", "first", "end"),
    [
        ("bytes=0-", "bytes 0-99/100", 0, 100),
        ("bytes=10-19", "bytes 10-19/100", 10, 20),
        ("bytes=90-900", "bytes 90-99/100", 90, 100),
        ("bytes=-5", "bytes 95-99/100", 95, 100),
        ("bytes=-500", "bytes 0-99/100", 0, 100),
    ],
)
def test_a_player_gets_the_range_that_it_asks_for(
    root: Client, asked: str, told: str, first: int, end: int
) -> None:
    response = root.get(url_of(store(WAV, "call.wav")), headers={"range": asked})
    assert response.status_code == 206
    assert response.headers["Content-Range"] == told
    assert response.headers["Content-Length"] == str(end - first)
    assert response.headers["Content-Type"] == "audio/wav"
    assert body(response) == WAV[first:end]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_behind_the_end(root: Client, asked: str) -> None:
    response = root.get(url_of(store(WAV, "call.wav")), headers={"range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */100"


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-1,5-6"},
        {"range": "lines=0-1"},
        {"range": "bytes=-"},
        {"range": "bytes=" + "9" * 30 + "-"},
        {"range": "bytes=\u0661-"},
        {"range": "bytes=0-1", "if-range": '"another"'},
    ],
)
def test_what_is_no_single_range_gets_the_whole(root: Client, headers: dict[str, str]) -> None:
    response = root.get(url_of(store(WAV, "call.wav")), headers=headers)
    assert (response.status_code, body(response)) == (200, WAV)
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_range_backwards_is_none(root: Client) -> None:
    response = root.get(url_of(store(WAV, "call.wav")), headers={"range": "bytes=5-2"})
    assert body(response) == WAV


def test_the_rest_of_the_same_file(root: Client) -> None:
    file = store(WAV, "call.wav")
    headers = {"range": "bytes=50-", "if-range": f'"{file.pk}"'}
    assert body(root.get(url_of(file), headers=headers)) == WAV[50:]


def test_a_compressing_middleware_leaves_ranges_alone(root: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *settings.MIDDLEWARE]
    headers = {"range": "bytes=0-49", "accept-encoding": "gzip"}
    assert body(root.get(url_of(store(WAV, "call.wav")), headers=headers)) == WAV[:50]


def test_content_that_is_gone(root: Client) -> None:
    file = store(WAV, "call.wav")
    file.file.storage.delete(str(file.file.name))
    assert root.get(url_of(file)).status_code == 404
    UniversalAIFile.objects.update(file="")
    assert root.get(url_of(file)).status_code == 404
    assert "It was removed." in root.get(f"{FILES}{file.pk}/change/").content.decode()
    assert root.get(f"{FILES}{uuid.uuid4()}/content/").status_code == 404


def test_it_is_for_those_who_may_see_files(person: Person, viewer: Client) -> None:
    file = store(WAV, "call.wav")
    assert viewer.get(url_of(file)).status_code == 403
    assert viewer.get(f"{FILES}{uuid.uuid4()}/content/").status_code == 403
    assert Client().get(url_of(file)).status_code == 302
    able = person("view_universalaifile")
    assert body(able.get(url_of(file))) == WAV
    assert able.post(url_of(file)).status_code == 405
    head = able.head(url_of(file))
    assert head.headers["Content-Length"] == "100"
    head.close()


class OneWay(io.BytesIO):
    """A file of a storage that only reads on and on."""

    def seekable(self) -> bool:
        return False


def test_a_storage_that_cannot_go_back_gives_the_whole_as_a_download(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = store(WAV, "call.wav")
    monkeypatch.setattr(UniversalAIFile, "open", lambda self: OneWay(WAV))
    response = root.get(url_of(file), headers={"range": "bytes=0-1"})
    assert (response.status_code, body(response)) == (200, WAV)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="call.wav"'


def test_a_file_without_a_name_is_shown_all_the_same(root: Client) -> None:
    file = store(WAV, "call.wav")
    UniversalAIFile.objects.update(name="")
    response = root.get(url_of(file))
    assert body(response) == WAV
    assert "Content-Disposition" not in response.headers
