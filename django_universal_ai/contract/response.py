"""A job as the service tells it, on creation (202) and when asked for."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .cost import Cost
from .fields import ErrorObject, Identifier, Name, NoneIfUnreadable, Time
from .status import is_terminal


class JobResponse(BaseModel):
    """The answer of ``POST /v3/universal-ai/async`` and ``GET /v3/universal-ai/async/{job_id}``.

    Fields that nobody knows yet are kept. A cost, model or time that can't be read is ``None``:
    a job that was paid for isn't lost over its decoration.
    """

    model_config = ConfigDict(extra="allow")

    public_id: Identifier
    status: str
    cost: Annotated[Cost | None, NoneIfUnreadable] = None
    provider: Name
    feature: Name
    subfeature: Name
    output: Any = Field(default=None, repr=False)
    error: ErrorObject | None = None
    original_response: Any = Field(default=None, repr=False)
    model: Annotated[str | None, NoneIfUnreadable] = None
    created_at: Annotated[Time | None, NoneIfUnreadable] = None

    @property
    def is_terminal(self) -> bool:
        """Whether the job is over; a status that nobody knows is not an end."""
        return is_terminal(self.status)


class SyncResponse(JobResponse):
    """The answer of ``POST /v3/universal-ai``: a job that is over, and has no id to ask for.

    A service may answer that the job isn't over yet (202); then it must tell the id.
    """

    public_id: str = ""
    """Empty where the service told none."""

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        if not (self.public_id or self.is_terminal):
            raise ValueError("the job isn't over, and the answer holds no public_id to ask for it")
        return self
