"""What a token isn't allowed, or not now."""

from __future__ import annotations

import math

from ..exceptions import UniversalAIError


class Refusal(UniversalAIError):
    """The request is right, but this token may not make it; ``status`` is the HTTP status."""

    status: int
    #: Seconds until it may well be allowed; ``None`` where waiting doesn't help.
    retry_after: float | None = None

    @property
    def headers(self) -> dict[str, str]:
        """``Retry-After``, in whole seconds."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after)))}


class FeatureNotAllowed(Refusal):
    """403: the token's features don't have this one."""

    status = 403


class TooMany(Refusal):
    """429: too many requests, or too many jobs in flight."""

    status = 429

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Changing(TooMany):
    """429: by now there may be room; tried again before anybody is told."""


class OutOfCredits(Refusal):
    """402: a budget is used up."""

    status = 402
