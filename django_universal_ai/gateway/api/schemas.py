"""The shapes of our answers, for the OpenAPI document: what :mod:`.wire` writes, to the letter.

The contract's own models read answers of any service, and so they forgive; these don't.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

#: Credits, as a plain decimal. The pattern is the contract's; pydantic's own can't look ahead.
_DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"
Cost = Annotated[str, Field(json_schema_extra={"pattern": _DECIMAL, "examples": ["0.0125"]})]


class Shape(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class SyncJob(Shape):
    """A job that is over."""

    status: Literal["success", "fail"]
    cost: Cost
    """In credits."""
    provider: str
    """Who answered; until then, who was asked."""
    feature: str
    subfeature: str
    output: Any
    error: dict[str, Any] | None = None
    """Why it failed."""
    original_response: Any | None = None
    """What the provider itself said, if `show_original_response` asked for it."""


class Job(Shape):
    """A job: its output once it succeeded, its error if it failed."""

    public_id: str
    status: Literal["success", "fail", "processing"]
    cost: Cost
    """In credits."""
    provider: str
    """Who answered; until then, who was asked."""
    feature: str
    subfeature: str
    output: Any | None = None
    """The result; null until it is there."""
    error: dict[str, Any] | None = None
    """Why it failed."""
    original_response: Any | None = None
    """What the provider itself said, if `show_original_response` asked for it."""
    model: str | None = None
    """The part of the model string after the provider."""
    created_at: datetime.datetime


class RunningJob(Job):
    """A job that took too long to wait for."""

    detail: str
    """What to do."""


class JobItem(Shape):
    """A job in the list."""

    public_id: str
    status: Literal["success", "fail", "processing"]
    feature: str
    subfeature: str
    provider: str
    model: str | None = None
    """The part of the model string after the provider."""
    created_at: datetime.datetime


class Paged(Shape):
    """One page of a list; pages count from 1."""

    total: int
    page: int
    limit: int
    total_pages: int


class Jobs(Paged):
    """Jobs, newest first."""

    items: list[JobItem]


class File(Shape):
    """An uploaded file; ``file_id`` goes into a job's input."""

    file_id: UUID
    file_name: str
    file_size: int
    """In bytes."""
    file_mimetype: str
    purpose: str
    metadata: dict[str, Any] = {}
    created_at: datetime.datetime
    expires_at: datetime.datetime | None = None


class Files(Paged):
    """Files, newest first."""

    items: list[File]


class Deleted(Shape):
    """How many files were deleted."""

    deleted_count: int


class FeatureItem(Shape):
    """A subfeature in a list."""

    name: str
    fullname: str
    description: str | None = None
    mode: Literal["sync", "async"]
    models: list[dict[str, Any]] = []
    """Who does it here, and what that costs."""


class FeatureGroup(Shape):
    """A feature, with its subfeatures."""

    name: str
    fullname: str
    description: str | None = None
    subfeatures: list[FeatureItem]


class FeatureGroups(Shape):
    """All features."""

    features: list[FeatureGroup]


class FeatureDetails(Shape):
    """A subfeature, with what it takes and gives."""

    feature: str
    feature_fullname: str
    subfeature: str
    subfeature_fullname: str
    description: str | None = None
    mode: Literal["sync", "async"]
    endpoints: dict[str, Any]
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    models: list[dict[str, Any]]


class Refusal(Shape):
    """Why a request was refused."""

    detail: str
    error_code: str | None = None
    """A word for programs, where there is one."""


class Problem(Shape):
    """One thing that is wrong with a request, and where."""

    loc: list[str | int]
    """The place, from the outside in: `["body", "input", "file"]`."""
    msg: str
    type: str


class Invalid(Shape):
    """A request that can't be right."""

    detail: list[Problem] = []
