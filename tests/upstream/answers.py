"""What the server says, before anything happens to it on its way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    #: The job that the request made or asked for, for the ledger.
    public_id: str | None = None
    #: Whether the request made a job, that is: whether it was paid for.
    accepted: bool = False


class Refusal(Exception):
    """Ends the handling of a request with an answer that isn't a success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status: int, data: Any, **more: Any) -> Answer:
    return Answer(status, json.dumps(data).encode(), **more)


def refusal(status: int, detail: Any, error_code: str | None = None) -> Refusal:
    data = {"detail": detail}
    if error_code is not None:
        data["error_code"] = error_code
    return Refusal(json_answer(status, data))


def invalid(*loc: str, msg: str = "Field required", kind: str = "missing") -> Refusal:
    """A 422 as the service words it."""
    return refusal(422, [{"type": kind, "loc": list(loc), "msg": msg}])
