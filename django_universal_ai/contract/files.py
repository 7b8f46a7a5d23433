"""Files that were uploaded to be the input of jobs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .fields import Identifier, Time


class UploadOptions(BaseModel):
    """What goes with a file in ``POST /v3/upload``."""

    purpose: str = Field(default="general", min_length=1, max_length=50)
    expires_in_days: int = Field(default=30, ge=1, le=30)


class FileInfo(BaseModel):
    """An uploaded file; its ``file_id`` is what goes into a job's input."""

    model_config = ConfigDict(extra="allow")

    file_id: Identifier
    file_name: str
    file_size: int
    """In bytes."""
    file_mimetype: str
    purpose: str
    metadata: Annotated[dict[str, Any], BeforeValidator(lambda value: value or {})] = {}
    """What the service found out, for example ``{"page_count": 5}``."""
    created_at: Time
    expires_at: Time | None = None


class FileList(BaseModel):
    """The answer of ``GET /v3/upload``, newest first; pages count from 1."""

    model_config = ConfigDict(extra="allow")

    items: list[FileInfo]
    total: int
    page: int
    limit: int
    total_pages: int


class DeleteFiles(BaseModel):
    """The body that names the files to delete."""

    file_ids: list[UUID] = Field(min_length=1, max_length=100)


class DeletedFiles(BaseModel):
    """How many files were deleted."""

    model_config = ConfigDict(extra="allow")

    deleted_count: int
