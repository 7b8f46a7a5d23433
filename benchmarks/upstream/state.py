"""The jobs of the one account, what its clients asked for, and when."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

OUTPUT = {"text": "the quick brown fox jumps over the lazy dog"}


@dataclass(slots=True)
class Settings:
    """What the harness may change at any time."""

    #: How long jobs run, in the order in which they come, again and again. Nothing: without end.
    durations: list[float] = field(default_factory=list)
    #: Requests in any second; ``None``: as many as come.
    rate_limit: int | None = None
    #: Whether there is a list of jobs; without one it answers 404.
    has_list: bool = True
    #: Whether ended jobs are told to their ``webhook_receiver``.
    webhooks: bool = False

    def update(self, values: dict[str, Any]) -> None:
        known = {each.name for each in fields(self)}
        if unknown := values.keys() - known:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(slots=True)
class Job:
    """A job. ``started`` and ``ended`` are Unix time."""

    public_id: str
    #: Who asked for it: the bearer token.
    client: str
    body: dict[str, Any]
    started: float
    ended: float | None = None
    #: Times that its detail was asked for.
    looks: int = 0

    def summary(self) -> dict[str, Any]:
        """An item of the list."""
        feature, subfeature, provider, *model = self.body["model"].split("/", 3)
        return {
            "public_id": self.public_id,
            "status": "processing" if self.ended is None else "success",
            "feature": feature,
            "subfeature": subfeature,
            "provider": provider,
            "model": model[0] if model else None,
            "created_at": iso(self.started),
        }

    def detail(self) -> dict[str, Any]:
        """The body of a 202 and of a detail GET."""
        if self.ended is None:
            return self.summary() | {"cost": "0.000", "output": None, "error": None}
        return self.summary() | {"cost": "0.0125", "output": OUTPUT, "error": None}

    def event(self) -> dict[str, Any]:
        """The body of its webhook."""
        body = {"event": "async_job_completed", "job_id": self.public_id} | self.summary()
        del body["public_id"]
        body |= {"finished_at": iso(self.ended or 0.0), "output": OUTPUT}
        parameters = self.body.get("user_webhook_parameters")
        return body if parameters is None else body | {"user_parameters": parameters}


class State:
    """Everything that a run changes; :meth:`reset` forgets it, the settings stay."""

    def __init__(self) -> None:
        self.settings = Settings()
        #: Called with each job that ended.
        self.on_end: Callable[[Job], None] = lambda job: None
        #: Webhooks that are on their way.
        self.delivering = 0
        self.reset()

    def reset(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.running: dict[str, Job] = {}
        #: Requests by client, kind and status: ``"app POST 202"``.
        self.counts: Counter[str] = Counter()
        #: Each list request that was answered: when, and which page.
        self.lists: list[tuple[float, int]] = []
        self._serial = count()
        self._passed: deque[float] = deque()

    def start(self, client: str, body: dict[str, Any]) -> Job:
        """Take a job over; it ends by itself."""
        job = Job(str(uuid.uuid4()), client, body, time.time())
        self.jobs[job.public_id] = self.running[job.public_id] = job
        if durations := self.settings.durations:
            seconds = durations[next(self._serial) % len(durations)]
            asyncio.get_running_loop().call_later(seconds, self._end, job)
        return job

    def _end(self, job: Job) -> None:
        if self.running.pop(job.public_id, None) is None:
            return  # forgotten in the meantime
        job.ended = time.time()
        self.on_end(job)

    def fill(self, client: str, number: int, model: str) -> None:
        """Have ``number`` more jobs that don't end; see :func:`endless_id` for their ids."""
        now = time.time()
        for nth in range(len(self.jobs), len(self.jobs) + number):
            job = Job(endless_id(nth), client, {"model": model}, now)
            self.jobs[job.public_id] = self.running[job.public_id] = job

    def page(self, status: str | None, page: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """One page of the list, newest first, and how many there are in all."""
        self.lists.append((time.time(), page))
        rows = self.running if status == "processing" else self.jobs
        chosen = islice(reversed(rows.values()), (page - 1) * limit, page * limit)
        return [job.summary() for job in chosen], len(rows)

    def wait_for(self) -> float:
        """Count a request of the account: 0.0, or the seconds until one would pass."""
        limit = self.settings.rate_limit
        if limit is None:
            return 0.0
        now = time.monotonic()
        while self._passed and self._passed[0] <= now - 1:
            self._passed.popleft()
        if len(self._passed) < limit:
            self._passed.append(now)
            return 0.0
        return self._passed[0] + 1 - now


def endless_id(nth: int) -> str:
    """The ``public_id`` of the nth job that was filled in."""
    return str(uuid.UUID(int=(0xBE << 120) + nth))


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
