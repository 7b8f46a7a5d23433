from __future__ import annotations

import io
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test.client import ClientHandler
from pytest_django import Settings

from django_universal_ai.models import UniversalAIFile

from .client import UPLOAD, Api

LIMIT = 1024**2


class Form(io.RawIOBase):
    """A form with a file of zeros, made while it is read."""

    def __init__(self, size: int, *, closed: bool = True, count: int = 1) -> None:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="z.bin"\r\n\r\n'
        end = b"--b--\r\n" if closed else b""
        #: What is to come; a number is so many zeros.
        self.rest: list[int | bytes] = [*(head, size, b"\r\n") * count, end]
        self.length = count * (len(head) + size + 2) + len(end)
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        if not self.rest:
            return b""
        part = self.rest[0]
        left: int | bytes
        if isinstance(part, int):
            whole = bytes(min(size, part))
            left = part - len(whole)
        else:
            whole, left = part[:size], part[size:]
        self.rest[:1] = [left] if left else []
        self.given += len(whole)
        return whole


def send(api: Api, form: Form, length: int | None = None) -> tuple[int, bytes]:
    """Send a form that isn't in memory; ``length`` is what the client says of it."""
    response: Any = ClientHandler()(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": UPLOAD,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
            "CONTENT_LENGTH": str(form.length if length is None else length),
            "HTTP_AUTHORIZATION": f"Bearer {api.token}",
            "wsgi.input": form,
            "wsgi.url_scheme": "http",
        }
    )
    return response.status_code, response.content


@pytest.fixture(autouse=True)
def temporary(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are on their way; empty again after each test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    settings.UNIVERSAL_AI_GATEWAY = {"MAX_UPLOAD_BYTES": LIMIT}
    return folder


def test_a_file_may_be_as_large_as_the_limit(api: Api) -> None:
    assert api.upload(bytes(LIMIT)).status == 200


def test_a_file_over_the_limit_is_refused(api: Api) -> None:
    answer = api.upload(bytes(LIMIT + 1))
    assert answer.status == 413
    assert answer.data == {
        "detail": f"The file is too large: this service takes up to {LIMIT} bytes."
    }
    assert not UniversalAIFile.objects.exists()


def test_a_form_that_says_it_is_too_long_is_not_read(api: Api) -> None:
    form = Form(LIMIT + 3_000_000)
    status, body = send(api, form)
    assert status == 413
    assert b"takes up to" in body
    assert form.given == 0


def test_a_form_that_is_a_little_too_long_is_read_so_that_the_answer_arrives(
    api: Api, temporary: Path
) -> None:
    form = Form(LIMIT + 1_000_000)
    status, _ = send(api, form)
    assert status == 413
    assert form.given == form.length
    assert list(temporary.iterdir()) == []


def test_a_file_that_turns_out_to_be_too_large_fills_nothing(
    api: Api, settings: Settings, temporary: Path
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    send(api, Form(LIMIT + 50_000))  # what the first request imports, isn't memory for a file
    form = Form(LIMIT + 50_000)
    tracemalloc.start()
    status, _ = send(api, form)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status == 413
    assert form.given == form.length
    assert peak < LIMIT / 2
    assert list(temporary.iterdir()) == []


def test_two_files_are_no_way_around_the_limit(api: Api, temporary: Path) -> None:
    status, _ = send(api, Form(LIMIT // 2 + 1, count=2))
    assert status == 413
    assert list(temporary.iterdir()) == []


def test_a_form_that_is_cut_off_leaves_nothing(
    api: Api, settings: Settings, temporary: Path
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    form = Form(1000, closed=False)
    status, body = send(api, form, length=form.length + 5000)
    assert status == 422
    assert b'"loc": ["body", "file"]' in body
    assert list(temporary.iterdir()) == []
    assert not UniversalAIFile.objects.exists()


def test_the_temporary_file_of_an_upload_is_removed(
    api: Api, settings: Settings, temporary: Path
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    status, _ = send(api, Form(LIMIT))
    assert status == 200
    assert list(temporary.iterdir()) == []
    assert UniversalAIFile.objects.get().size == LIMIT


def test_a_client_that_goes_away_is_no_error_of_ours(api: Api) -> None:
    class Gone(Form):
        def read(self, size: int = -1) -> bytes:
            raise OSError("connection reset")

    assert send(api, Gone(1000))[0] == 422


class ReadsForms:
    """A middleware that reads every form before its view is called."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        assert request.POST is not None
        response: HttpResponse = self.get_response(request)
        return response


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_a_host_that_reads_forms_early_keeps_the_limit(
    api: Api, settings: Settings, size: int, status: int
) -> None:
    settings.MIDDLEWARE = [f"{__name__}.ReadsForms", *settings.MIDDLEWARE]
    assert api.upload(bytes(size)).status == status


def test_temporary_files_are_where_the_test_looks(settings: Settings, temporary: Path) -> None:
    from django.core.files.uploadedfile import TemporaryUploadedFile

    with TemporaryUploadedFile("x", "", 0, None) as file:
        assert Path(file.temporary_file_path()).parent == temporary
    assert tempfile.gettempdir() != str(temporary)
