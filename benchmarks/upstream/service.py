"""What is answered: the part of the contract that jobs need, and the harness's own door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import parse_qsl

import orjson

from .state import State

JOBS = "/v3/universal-ai/async"
CONTROL = "/_control/"


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    #: The bearer token.
    client: str
    body: bytes

    @classmethod
    def of(cls, method: str, target: str, client: str, body: bytes) -> Request:
        path, _, query = target.partition("?")
        return cls(method, path, dict(parse_qsl(query)) if query else {}, client, body)


@dataclass(slots=True)
class Answer:
    status: int
    data: Any
    retry_after: int | None = None


class Service:
    """Answers requests out of a :class:`State`. ``public_key`` is told to the harness."""

    def __init__(self, state: State, public_key: str) -> None:
        self.state = state
        self._public_key = public_key

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(CONTROL):
            return Answer(200, self._control(request.path.removeprefix(CONTROL), request))
        kind = request.method
        if kind == "GET" and request.path == JOBS:
            kind = "LIST"
        answer = self._limited(request)
        self.state.counts[f"{request.client} {kind} {answer.status}"] += 1
        return answer

    def _limited(self, request: Request) -> Answer:
        if wait := self.state.wait_for():
            return Answer(429, {"detail": "Too many requests"}, retry_after=ceil(wait))
        if request.path == JOBS:
            return self._list(request) if request.method == "GET" else self._create(request)
        job = self.state.jobs.get(request.path.removeprefix(f"{JOBS}/"))
        if job is None or request.method != "GET":
            return Answer(404, {"detail": "Job not found"})
        job.looks += 1
        return Answer(200, job.detail())

    def _create(self, request: Request) -> Answer:
        body = orjson.loads(request.body)
        return Answer(202, self.state.start(request.client, body).detail())

    def _list(self, request: Request) -> Answer:
        if not self.state.settings.has_list:
            return Answer(404, {"detail": "Not Found"})
        page, limit = int(request.query.get("page", 1)), int(request.query.get("limit", 100))
        items, total = self.state.page(request.query.get("status"), page, limit)
        found = {"items": items, "total": total, "page": page, "limit": limit}
        return Answer(200, found | {"total_pages": -(-total // limit)})

    def _control(self, name: str, request: Request) -> Any:
        given = orjson.loads(request.body) if request.body else {}
        state = self.state
        calls: dict[str, Callable[[], Any]] = {
            "configure": lambda: state.settings.update(given),
            "fill": lambda: state.fill(**given),
            "reset": state.reset,
            "counts": lambda: state.counts,
            "lists": lambda: state.lists,
            "at_work": lambda: len(state.running) + state.delivering,
            "public_key": lambda: self._public_key,
            "jobs": lambda: [
                [job.public_id, job.client, job.body["model"], job.started, job.ended, job.looks]
                for job in state.jobs.values()
            ],
        }
        return calls[name]()
