from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db.models import ProtectedError
from pytest_django import Settings

from django_universal_ai.models import JobFile, UniversalAIFile
from tests.rows import make_job

pytestmark = pytest.mark.django_db

CONTENT = b"the quick brown fox\n" * 10_000


def content_of(file: UniversalAIFile) -> bytes:
    with file.open() as stored:
        return stored.read()


def _stored() -> Any:
    return UniversalAIFile.objects.store(ContentFile(CONTENT, name="call.wav")).file


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "path as text": lambda path: str(path),
    "bytes": lambda path: CONTENT,
    "bytearray": lambda path: bytearray(CONTENT),
    "memoryview": lambda path: memoryview(CONTENT),
    "BytesIO": lambda path: io.BytesIO(CONTENT),
    "Django file": lambda path: ContentFile(CONTENT, name="call.wav"),
    "upload in memory": lambda path: SimpleUploadedFile("call.wav", CONTENT, "audio/wav"),
    "FieldFile": lambda path: _stored(),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_it_copies_from(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(CONTENT)
    file = UniversalAIFile.objects.store(SOURCES[kind](path))
    file.refresh_from_db()
    assert content_of(file) == CONTENT
    assert file.size == len(CONTENT)
    assert file.name in ("call.wav", "file") or kind == "FieldFile"
    if "upload" in kind:
        assert file.content_type == "audio/wav"
    with file.local_path() as local:
        assert local.read_bytes() == CONTENT
        assert local.name == file.name
    assert not local.exists()


def test_it_copies_from_an_upload_on_disk() -> None:
    with TemporaryUploadedFile("call.wav", "audio/wav", len(CONTENT), None) as uploaded:
        uploaded.write(CONTENT)
        file = UniversalAIFile.objects.store(uploaded)
    assert content_of(file) == CONTENT
    assert (file.name, file.content_type) == ("call.wav", "audio/wav")


def test_a_field_file_that_was_closed_is_closed_again() -> None:
    source = _stored()
    assert source.closed
    UniversalAIFile.objects.store(source)
    assert source.closed


def test_an_open_file_is_read_from_its_beginning_and_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(CONTENT)
    with path.open("rb") as source:
        source.read(100)
        file = UniversalAIFile.objects.store(source)
        assert not source.closed
    assert content_of(file) == CONTENT
    assert file.name == "call.wav"


class Unseekable(io.RawIOBase):
    """Like a socket."""

    def readable(self) -> bool:
        return True


class OnlyReadable:
    """Has no more than ``read``."""

    def read(self, size: int = -1) -> bytes:
        return b""


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"", ValueError),
        (io.BytesIO(), ValueError),
        (5, TypeError),
        (None, TypeError),
        (OnlyReadable(), TypeError),
        (Unseekable(), OSError),
        ("/nowhere/call.wav", FileNotFoundError),
        ("/", IsADirectoryError),
        (f"{__file__}/call.wav", NotADirectoryError),
    ],
)
def test_it_refuses(source: Any, error: type[Exception], settings: Settings) -> None:
    with pytest.raises(error):
        UniversalAIFile.objects.store(source)
    assert not UniversalAIFile.objects.exists()
    assert not Path(settings.MEDIA_ROOT).exists()


def test_a_pipe_cannot_be_copied() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as source, pytest.raises(OSError, match="seek"):
        UniversalAIFile.objects.store(source)


def test_an_empty_field_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no file"):
        UniversalAIFile.objects.store(UniversalAIFile().file)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("call.wav", "call.wav"),
        ("/etc/passwd", "passwd"),
        ("two words.wav", "two_words.wav"),
        ("..", "file"),
        ("%%%", "file"),
        ("", "file"),
        ("x" * 300 + ".wav", "x" * 196 + ".wav"),
        ("音" * 150 + ".wav", "音" * 65 + ".wav"),
    ],
)
def test_names_are_made_safe(given: str, shown: str) -> None:
    file = UniversalAIFile.objects.store(ContentFile(b"x", name=given))
    assert file.name == shown
    with file.local_path() as path:
        assert path.name == shown
        assert path.read_bytes() == b"x"


def test_the_place_in_the_storage_says_nothing_of_the_name() -> None:
    file = UniversalAIFile.objects.store(ContentFile(b"x", name="divorce papers.PDF"))
    assert file.file.name
    assert "divorce" not in file.file.name
    assert file.file.name.endswith(f"{file.pk}.pdf")


def test_a_storage_of_its_own_is_used(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "universal_ai": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    field = UniversalAIFile._meta.get_field("file")
    before, field.storage = field.storage, field._storage_callable()  # type: ignore[attr-defined]  # made at import
    try:
        file = UniversalAIFile.objects.store(b"x", name="call.wav")
        with file.local_path() as path:
            assert not path.is_symlink()
            assert path.read_bytes() == b"x"
    finally:
        field.storage = before


def test_a_row_that_cannot_be_saved_leaves_no_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise SystemError

    monkeypatch.setattr(UniversalAIFile, "save", fail)
    with pytest.raises(SystemError):
        UniversalAIFile.objects.store(b"x")
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_what_is_given_is_kept() -> None:
    owner = User.objects.create(username="ann")
    file = UniversalAIFile.objects.store(
        b"x", owner=owner, name="a.bin", content_type="x/y", purpose="fine-tuning"
    )
    assert (file.owner, str(file), file.content_type) == (owner, "a.bin", "x/y")
    assert file.purpose == "fine-tuning"


def test_a_file_that_a_job_reads_is_not_deleted() -> None:
    file = UniversalAIFile.objects.store(b"x")
    link = JobFile.objects.create(job=make_job(), file=file, field="file")
    with pytest.raises(ProtectedError):
        file.delete()
    assert str(link) == "file: file"


def test_a_large_file_is_copied_in_pieces(tmp_path: Path) -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            self.largest = max(self.largest, len(piece))
            return piece

    source = Counting(b"x" * 3_000_000)
    assert UniversalAIFile.objects.store(source).size == 3_000_000
    assert source.largest <= 1 << 20


def test_an_upload_that_was_closed_is_refused() -> None:
    source = SimpleUploadedFile("call.wav", b"sound")
    source.close()
    with pytest.raises(ValueError, match="closed"):
        UniversalAIFile.objects.store(source)


@pytest.mark.django_db(transaction=True)
def test_async_views_store_as_well() -> None:
    async def store() -> UniversalAIFile:
        return await UniversalAIFile.objects.astore(b"abc", name="a.txt")

    stored = async_to_sync(store)()
    assert (stored.name, content_of(stored)) == ("a.txt", b"abc")
