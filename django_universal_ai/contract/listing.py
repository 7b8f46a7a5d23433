"""One page of the list that tells the state of many jobs at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, OnErrorOmit

from .fields import Identifier, Name, NoneIfUnreadable, Time
from .response import JobResponse


class JobListItem(BaseModel):
    """A job in the list: its state, without output and cost."""

    model_config = ConfigDict(extra="allow")

    public_id: Identifier
    status: str
    feature: Name
    subfeature: Name
    provider: Name
    model: Annotated[str | None, NoneIfUnreadable] = None
    created_at: Annotated[Time | None, NoneIfUnreadable] = None


class JobList(BaseModel):
    """The answer of ``GET /v3/universal-ai/async``; pages count from 1.

    An item that can't be read is left out: that one job is then asked for by itself, and the
    others of the page don't wait for it.
    """

    model_config = ConfigDict(extra="allow")

    items: list[OnErrorOmit[JobListItem]]
    total: int
    page: int
    limit: int
    total_pages: int

    @classmethod
    def of(
        cls, jobs: Iterable[JobResponse], wanted: Mapping[str, str | None], *, page: int, limit: int
    ) -> Self:
        """A page of the jobs whose fields are as wanted; ``None`` takes any."""
        found = [
            JobListItem.model_validate(job.model_dump())
            for job in jobs
            if all(value in (None, getattr(job, name)) for name, value in wanted.items())
        ]
        return cls(
            items=found[(page - 1) * limit : page * limit],
            total=len(found),
            page=page,
            limit=limit,
            total_pages=-(-len(found) // limit),
        )
