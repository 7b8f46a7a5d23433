from __future__ import annotations

import resource
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import engine
from django_universal_ai.engine import removing
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import make_job
from tests.storage import ObjectStore, files_in

from .client import JOBS, UPLOAD, Api

SAMPLES = Path(__file__).parents[2] / "example_project" / "samples"
FIELDS = [
    "file_id",
    "file_name",
    "file_size",
    "file_mimetype",
    "purpose",
    "metadata",
    "created_at",
    "expires_at",
]


def stored(settings: Settings) -> list[Path]:
    """What is in the storage."""
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def days(answer: dict[str, Any]) -> timedelta:
    made, ends = (datetime.fromisoformat(answer[name]) for name in ("created_at", "expires_at"))
    return ends - made


def test_a_file_is_kept_as_it_is(api: Api, ann: User, settings: Settings) -> None:
    content = bytes(range(256)) * 1024 + b"\r\n--not-the-end\r\n"
    answer = api.upload(content, "notes.bin")
    assert answer.status == 200
    assert list(answer.data) == FIELDS
    row = UniversalAIFile.objects.get()
    assert answer.data | {"created_at": 0, "expires_at": 0} == {
        "file_id": str(row.pk),
        "file_name": "notes.bin",
        "file_size": len(content),
        "file_mimetype": "application/octet-stream",
        "purpose": "general",
        "metadata": {},
        "created_at": 0,
        "expires_at": 0,
    }
    assert answer.data["created_at"].endswith("Z")
    assert abs(days(answer.data) - timedelta(days=30)) <= timedelta(seconds=1)
    assert row.owner == ann
    assert [path.read_bytes() for path in stored(settings)] == [content]


def test_purpose_and_end_are_the_clients(api: Api) -> None:
    answer = api.upload(purpose="invoices", expires_in_days=1)
    assert answer.data["purpose"] == "invoices"
    assert abs(days(answer.data) - timedelta(days=1)) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        (b"%PDF-1.7\n", "a.txt", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "", "image/png"),
        (b"hello", "a.txt", "text/plain"),
        (b"hello", "a.pdf", "application/pdf"),
        (b"hello", "a.unheard-of", "application/octet-stream"),
        (b"hello", "???", "application/octet-stream"),
    ],
)
def test_the_content_tells_its_type_and_else_the_name(
    api: Api, content: bytes, name: str, mime: str
) -> None:
    assert api.upload(content, name or "x").data["file_mimetype"] == mime


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("a/b\\c.pdf", "c.pdf"),
        ("Über maß.pdf", "Über_maß.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_has_no_folders_and_fits(api: Api, name: str, shown: str) -> None:
    assert api.upload(name=name).data["file_name"] == shown


def test_a_pdf_tells_its_pages(api: Api) -> None:
    pytest.importorskip("pypdfium2")
    content = (SAMPLES / "scan.pdf").read_bytes()
    assert api.upload(content, "scan.pdf").data["metadata"] == {"page_count": 2}
    assert api.upload(content[:2000], "cut.pdf").data["metadata"] == {}


def test_a_pdf_is_only_a_file_where_nobody_reads_pdfs(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    answer = api.upload((SAMPLES / "scan.pdf").read_bytes(), "scan.pdf")
    assert answer.data["metadata"] == {}
    assert answer.data["file_mimetype"] == "application/pdf"


def test_a_large_file_on_disk_is_read_there(api: Api, settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    content = (SAMPLES / "scan.pdf").read_bytes()
    answer = api.upload(content, "scan.pdf")
    assert (answer.data["file_size"], answer.data["file_mimetype"]) == (
        len(content),
        "application/pdf",
    )


def test_an_empty_file_is_refused(api: Api, settings: Settings) -> None:
    assert api.upload(b"").problems == [(["body", "file"], "value_error")]
    assert stored(settings) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"purpose": ""}, (["body", "purpose"], "string_too_short")),
        ({"purpose": "x" * 51}, (["body", "purpose"], "string_too_long")),
        ({"purpose": "\0"}, (["body", "purpose"], "text")),
        ({"expires_in_days": 0}, (["body", "expires_in_days"], "greater_than_equal")),
        ({"expires_in_days": 31}, (["body", "expires_in_days"], "less_than_equal")),
        ({"expires_in_days": "x"}, (["body", "expires_in_days"], "int_parsing")),
        ({"expires_in_days": ""}, (["body", "expires_in_days"], "int_parsing")),
    ],
)
def test_what_cannot_be_is_named(
    api: Api, settings: Settings, fields: dict[str, Any], problem: tuple[list[int | str], str]
) -> None:
    assert api.upload(**fields).problems == [problem]
    assert stored(settings) == []


def test_without_a_token_nothing_is_kept(api: Api, settings: Settings) -> None:
    assert Api(api.client, "wrong").upload().status == 401
    assert stored(settings) == []


def test_a_full_disk_is_said_and_leaves_nothing(
    api: Api, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    answer = api.upload()
    assert (answer.status, list(answer.data)) == (507, ["detail"])
    assert not UniversalAIFile.objects.exists()


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    made = ObjectStore()
    with files_in(made):
        yield made


def test_an_object_store_is_enough(api: Api, store: ObjectStore) -> None:
    content = (SAMPLES / "scan.pdf").read_bytes()
    file_id = api.upload(content, "scan.pdf").data["file_id"]
    assert list(store.contents.values()) == [content]
    with UniversalAIFile.objects.get(pk=file_id).local_path() as path:
        assert path.read_bytes() == content
    assert api.delete(UPLOAD).data == {"deleted_count": 1}
    assert store.contents == {}


def test_a_store_that_is_full_midway_keeps_no_part(api: Api, store: ObjectStore) -> None:
    store.room = 100_000
    assert api.upload(bytes(200_000)).status == 507
    assert store.contents == {}
    assert not UniversalAIFile.objects.exists()
    assert api.upload(bytes(90_000)).status == 200


@pytest.mark.parametrize("in_memory", [0, 10_000_000], ids=["on its way", "in the storage"])
def test_a_file_system_that_takes_no_more_midway_keeps_no_part(
    api: Api, settings: Settings, tmp_path: Path, in_memory: int
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = in_memory
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(temporary)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        answer = api.upload(bytes(2_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status == 507
    assert stored(settings) == []
    assert list(temporary.iterdir()) == []
    assert not UniversalAIFile.objects.exists()


def test_an_expired_file_is_unknown_and_its_content_goes(
    api: Api, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    removing.forget()
    file_id = api.upload().data["file_id"]
    UniversalAIFile.objects.update(expires_at=timezone.now(), remove_at=timezone.now())
    assert api.get(UPLOAD).data["items"] == []
    answer = api.submit("ocr/ocr_async/rapidocr", input={"file": file_id})
    assert answer.status in (400, 422)
    assert api.post(f"{UPLOAD}/delete", {"file_ids": [file_id]}).data == {"deleted_count": 0}
    engine.advance()
    assert store.contents == {}


def test_another_trouble_with_the_disk_is_the_hosts(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileSystemStorage, "_save", broken)
    with pytest.raises(PermissionError):
        api.upload()


# ------------------------------------------------------------------------------------ deleting


def test_deleted_files_are_gone(api: Api, bobs: Api, settings: Settings) -> None:
    first, second, third = (api.upload().data["file_id"] for _ in range(3))
    theirs = bobs.upload().data["file_id"]
    chosen = [first, second, theirs, str(uuid.uuid4())]
    answer = api.post(f"{UPLOAD}/delete", {"file_ids": chosen})
    assert (answer.status, answer.data) == (200, {"deleted_count": 2})
    assert {str(pk) for pk in UniversalAIFile.objects.values_list("pk", flat=True)} == {
        third,
        theirs,
    }
    assert len(stored(settings)) == 2
    assert api.delete(UPLOAD).data == {"deleted_count": 1}
    assert api.delete(UPLOAD).data == {"deleted_count": 0}
    assert [item["file_id"] for item in bobs.get(UPLOAD).data["items"]] == [theirs]
    assert len(stored(settings)) == 1


def test_a_file_that_a_job_still_reads_stays_until_then(
    api: Api, ann: User, settings: Settings
) -> None:
    file_id = api.upload().data["file_id"]
    api.submit(input={"file": file_id})
    assert api.delete(UPLOAD).data == {"deleted_count": 1}
    assert api.get(UPLOAD).data["items"] == []
    assert len(stored(settings)) == 1
    engine.advance()
    assert api.get(JOBS).data["items"][0]["status"] == "success"
    assert UniversalAIJob.objects.get().job_files.get().file.pk == uuid.UUID(file_id)


def test_the_row_of_a_file_that_a_job_has_read_stays_without_content(
    api: Api, ann: User, settings: Settings
) -> None:
    api.upload(name="call.wav")
    JobFile.objects.create(
        job=make_job("success", owner=ann), file=UniversalAIFile.objects.get(), field="file"
    )
    assert api.delete(UPLOAD).data == {"deleted_count": 1}
    assert api.get(UPLOAD).data["items"] == []
    assert stored(settings) == []
    assert UniversalAIFile.objects.get().name == "call.wav"


def test_content_that_cannot_be_removed_is_hidden(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.upload()

    def broken(*args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileSystemStorage, "delete", broken)
    assert api.delete(UPLOAD).data == {"deleted_count": 1}
    assert api.get(UPLOAD).data["items"] == []
    assert UniversalAIFile.objects.exists()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, (["body", "file_ids"], "missing")),
        ({"file_ids": []}, (["body", "file_ids"], "too_short")),
        ({"file_ids": ["x"]}, (["body", "file_ids", 0], "uuid_parsing")),
        ({"file_ids": [str(uuid.UUID(int=0))] * 101}, (["body", "file_ids"], "too_long")),
    ],
)
def test_ids_that_cannot_be_are_named(
    api: Api, body: dict[str, Any], problem: tuple[list[int | str], str]
) -> None:
    assert api.post(f"{UPLOAD}/delete", body).problems == [problem]
