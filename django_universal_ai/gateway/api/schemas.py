"""The shapes of our answers, for the OpenAPI document: what :mod:`.wire` writes, to the letter.

The contract's own models read answers of any service, and so they forgive; these don't.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

#: Credits, as a plain decimal. The pattern is the contract's; pydantic's own can't look ahead.
_DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"
Cost = Annotated[str, Field(json_schema_extra={"pattern": _DECIMAL, "examples": ["0.0125"]})]


class SyncJob(BaseModel):
    """A job that is over."""

    status: Literal["success", "fail"]
    cost: Cost
    provider: str
    feature: str
    subfeature: str
    output: Any
    error: dict[str, Any] | None = None
    original_response: Any | None = None


class Job(BaseModel):
    """A job: its output once it succeeded, its error if it failed."""

    public_id: str
    status: Literal["success", "fail", "processing"]
    cost: Cost
    provider: str
    feature: str
    subfeature: str
    output: Any | None = None
    error: dict[str, Any] | None = None
    original_response: Any | None = None
    model: str | None = None
    created_at: datetime.datetime


class RunningJob(Job):
    """A job that took too long to wait for."""

    detail: str
    """What to do."""


class JobItem(BaseModel):
    """A job in the list."""

    public_id: str
    status: Literal["success", "fail", "processing"]
    feature: str
    subfeature: str
    provider: str
    model: str | None = None
    created_at: datetime.datetime


class Paged(BaseModel):
    """One page of a list; pages count from 1."""

    total: int
    page: int
    limit: int
    total_pages: int


class Jobs(Paged):
    """Jobs, newest first."""

    items: list[JobItem]


class File(BaseModel):
    """An uploaded file; ``file_id`` goes into a job's input."""

    file_id: UUID
    file_name: str
    file_size: int
    file_mimetype: str
    purpose: str
    metadata: dict[str, Any] = {}
    created_at: datetime.datetime
    expires_at: datetime.datetime | None = None


class Files(Paged):
    """Files, newest first."""

    items: list[File]


class Deleted(BaseModel):
    """How many files were deleted."""

    deleted_count: int


class Refusal(BaseModel):
    """Why a request was refused."""

    detail: str
    error_code: str | None = None


class Problem(BaseModel):
    """One thing that is wrong with a request, and where."""

    loc: list[str | int]
    msg: str
    type: str


class Invalid(BaseModel):
    """A request that can't be right."""

    detail: list[Problem] = []
