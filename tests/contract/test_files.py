from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from django_universal_ai.contract import (
    DeletedFiles,
    DeleteFiles,
    FileInfo,
    FileList,
    UploadOptions,
)

FILE: dict[str, Any] = {
    "file_id": "550e8400-e29b-41d4-a716-446655440000",
    "file_name": "invoice.pdf",
    "file_size": 1048576,
    "file_mimetype": "application/pdf",
    "purpose": "general",
    "metadata": {"page_count": 5},
    "created_at": "2025-12-08T10:30:00Z",
    "expires_at": "2026-01-07T10:30:00Z",
}


def test_reads_a_file() -> None:
    file = FileInfo.model_validate({**FILE, "checksum": "x"})
    assert file.metadata == {"page_count": 5}
    assert file.expires_at == datetime(2026, 1, 7, 10, 30, tzinfo=UTC)
    assert file.model_dump()["checksum"] == "x"


@pytest.mark.parametrize("metadata", [{}, {"metadata": None}])
def test_metadata_and_expiry_may_be_missing(metadata: dict[str, Any]) -> None:
    bare = {name: FILE[name] for name in FILE if name not in ("metadata", "expires_at")}
    file = FileInfo.model_validate(bare | metadata)
    assert (file.metadata, file.expires_at) == ({}, None)


def test_reads_a_page_of_files() -> None:
    page = {"items": [FILE], "total": 25, "page": 1, "limit": 100, "total_pages": 1}
    assert FileList.model_validate(page).items[0].file_name == "invoice.pdf"


def test_reads_how_many_were_deleted() -> None:
    assert DeletedFiles.model_validate({"deleted_count": 5}).deleted_count == 5


def test_upload_options_have_defaults() -> None:
    assert UploadOptions().model_dump() == {"purpose": "general", "expires_in_days": 30}


@pytest.mark.parametrize(
    "options",
    [{"purpose": ""}, {"purpose": "x" * 51}, {"expires_in_days": 0}, {"expires_in_days": 31}],
)
def test_upload_options_have_limits(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UploadOptions.model_validate(options)


@pytest.mark.parametrize("ids", [[], ["not-a-uuid"], [uuid4() for _ in range(101)]])
def test_one_to_a_hundred_files_are_deleted_at_once(ids: list[Any]) -> None:
    with pytest.raises(ValidationError):
        DeleteFiles.model_validate({"file_ids": ids})
    assert len(DeleteFiles.model_validate({"file_ids": [uuid4()]}).file_ids) == 1
