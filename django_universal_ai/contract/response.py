"""A job as the service tells it, on creation (202) and when asked for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

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
    output: Any = None
    error: ErrorObject | None = None
    original_response: Any = None
    model: Annotated[str | None, NoneIfUnreadable] = None
    created_at: Annotated[Time | None, NoneIfUnreadable] = None

    @property
    def is_terminal(self) -> bool:
        """Whether the job is over; a status that nobody knows is not an end."""
        return is_terminal(self.status)
