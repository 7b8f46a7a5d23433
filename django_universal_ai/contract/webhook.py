"""What the service posts to ``webhook_receiver`` when a job ends."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from .fields import ErrorObject, Identifier, Name, NoneIfUnreadable, Time
from .response import JobResponse

#: How the service's webhooks say who sends them.
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "EdenAI/Ai-Features",
    "X-Edenai-Webhook": "true",
}


class WebhookEvent(BaseModel):
    """The body of a webhook; fields that nobody knows yet are kept.

    ``job_id`` is what everywhere else is called ``public_id``, ``user_parameters`` what the
    request called ``user_webhook_parameters``. The cost is never told.
    """

    model_config = ConfigDict(extra="allow")

    event: str
    job_id: Identifier
    status: str
    feature: Name
    subfeature: Name
    provider: Name
    model: Annotated[str | None, NoneIfUnreadable] = None
    created_at: Annotated[Time | None, NoneIfUnreadable] = None
    finished_at: Annotated[Time | None, NoneIfUnreadable] = None
    output: Any = Field(default=None, repr=False)
    error: ErrorObject | None = None
    original_response: Any = Field(default=None, repr=False)
    user_parameters: Annotated[dict[str, Any] | None, NoneIfUnreadable] = Field(
        default=None, repr=False
    )

    def to_response(self) -> JobResponse:
        """The same news in the shape of a GET's answer, with an unknown cost."""
        return JobResponse(
            public_id=self.job_id,
            status=self.status,
            provider=self.provider,
            feature=self.feature,
            subfeature=self.subfeature,
            output=self.output,
            error=self.error,
            original_response=self.original_response,
            model=self.model,
            created_at=self.created_at,
        )
