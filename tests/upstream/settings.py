"""What can be set on the server, from the start or while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Settings:
    """Everything that has a value; one that isn't set behaves like a well-meaning service."""

    #: Bearer token -> account. Several tokens may share one account.
    keys: dict[str, str] = field(default_factory=lambda: {"test-key": "main"})
    #: How long a job runs. 0: it has ended when the POST is answered; ``inf``: until told.
    #: By default it has ended when somebody looks, so that no test rests on being quick.
    seconds: float = 1e-9
    #: Up to so many seconds more, by chance.
    jitter: float = 0.0
    #: Share of the jobs that end in "fail", by chance.
    fail_rate: float = 0.0
    #: What a job that succeeds costs, as it stands in the body (a string or a JSON number).
    cost: str | float | None = "0.0125"
    #: What a job that succeeds puts out.
    output: Any = field(default_factory=lambda: {"text": "the quick brown fox"})
    #: Requests in any second per account; ``None``: as many as come.
    rate_limit: int | None = None
    #: How a 429 tells the time: "seconds", "date", "body" or "none".
    retry_after_form: str = "seconds"
    #: The list is this many seconds behind: new jobs appear late, ended ones look unfinished.
    list_lag: float = 0.0
    #: Seconds after its end for which a job can be read.
    retention: float = math.inf
    #: Whether ``input.file`` has to be a URL or the id of an upload of the account.
    check_files: bool = False
    #: Largest upload in bytes.
    max_upload: int = 1024**3
    #: Whether ended jobs are announced to their ``webhook_receiver``.
    webhooks: bool = False
    #: Seconds between two attempts to deliver a webhook.
    webhook_retry_delay: float = 0.2

    def update(self, values: dict[str, Any]) -> None:
        """Set the given values; ``null`` in JSON stands for infinity where a number is needed."""
        known = {each.name for each in fields(self)}
        if unknown := set(values) - known:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            endless = value is None and name in {"seconds", "retention"}
            setattr(self, name, math.inf if endless else value)
