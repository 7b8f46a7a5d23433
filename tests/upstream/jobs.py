"""The jobs of all accounts, and the clock that ends them."""

from __future__ import annotations

import heapq
import math
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .settings import Settings


@dataclass(slots=True)
class Job:
    """A job as its owner sees it, and how it is going to end."""

    account: str
    body: dict[str, Any]
    feature: str
    subfeature: str
    provider: str
    model: str | None
    ends_at: float
    #: status, output, error, cost as they will be.
    ending: dict[str, Any]
    public_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "processing"
    started_at: float = field(default_factory=time.monotonic)
    ended_at: float = math.inf
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    deleted: bool = False

    @property
    def ended(self) -> bool:
        return self.finished_at is not None

    def summary(self, status: str | None = None) -> dict[str, Any]:
        """An item of the list."""
        return {
            "public_id": self.public_id,
            "status": status or self.status,
            "feature": self.feature,
            "subfeature": self.subfeature,
            "provider": self.provider,
            "model": self.model,
            "created_at": iso(self.created_at),
        }

    def detail(self, at: float = math.inf) -> dict[str, Any]:
        """The body of a 202 and of the detail GET, as of a moment of the monotonic clock."""
        ended = self.ended_at <= at and self.ended
        ending = self.ending if ended else {"output": None, "error": None, "cost": "0.000"}
        detail = self.summary(None if ended else "processing")
        detail |= {name: ending[name] for name in ("cost", "output", "error")}
        if self.body.get("show_original_response") and ended:
            detail["original_response"] = {"raw": ending["output"]}
        return detail


class Jobs:
    """Jobs by id. Reading anything ends first what is due."""

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        self._settings = settings
        self._random = random.Random(seed)  # noqa: S311 - a load pattern, not a secret
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._running: dict[str, Job] = {}
        self._due: list[tuple[float, str]] = []
        #: Called once for each job that ended, outside of the lock.
        self.on_end: Callable[[Job], None] = lambda job: None

    def start(self, account: str, body: dict[str, Any]) -> Job:
        """Make a job; ``provider_params["upstream"]`` may script how it goes.

        Keys of the script: seconds (``null``: until told), status, output, error, cost, provider.
        """
        script = (body.get("provider_params") or {}).get("upstream") or {}
        feature, subfeature, provider, *model = body["model"].split("/", 3)
        now = time.monotonic()
        with self._lock:
            job = Job(
                account=account,
                body=body,
                feature=feature,
                subfeature=subfeature,
                provider=script.get("provider", provider),
                model=model[0] if model else None,
                started_at=now,
                ends_at=now + self._duration(script),
                ending=self._ending(script),
            )
            self._jobs[job.public_id] = self._running[job.public_id] = job
            heapq.heappush(self._due, (job.ends_at, job.public_id))
        self.settle()
        return job

    def _duration(self, script: dict[str, Any]) -> float:
        seconds = script.get("seconds", self._settings.seconds)
        return (
            math.inf if seconds is None else seconds + self._random.random() * self._settings.jitter
        )

    def _ending(self, script: dict[str, Any]) -> dict[str, Any]:
        unlucky = self._random.random() < self._settings.fail_rate
        ending = {"status": "fail" if unlucky else "success"} | script
        if ending["status"] == "fail":
            usual: dict[str, Any] = {
                "cost": "0.000",
                "output": None,
                "error": {"message": "The provider gave up."},
            }
        else:
            usual = {"cost": self._settings.cost, "output": self._settings.output, "error": None}
        return usual | ending

    def settle(self) -> None:
        """End every job whose time has come."""
        now = time.monotonic()
        ended = []
        with self._lock:
            while self._due and self._due[0][0] <= now:
                job = self._running.get(heapq.heappop(self._due)[1])
                if job is not None:
                    ended.append(self._end(job, job.ends_at))
        for job in ended:
            self.on_end(job)

    def finish(self, public_id: str, **ending: Any) -> Job:
        """End a job now, with these values instead of the planned ones."""
        with self._lock:
            job = self._running[public_id]
            job.ending |= ending
            self._end(job, time.monotonic())
        self.on_end(job)
        return job

    def _end(self, job: Job, at: float) -> Job:
        del self._running[job.public_id]
        job.status, job.ended_at, job.finished_at = job.ending["status"], at, datetime.now(UTC)
        return job

    def find(self, account: str, public_id: str) -> Job | None:
        """The account's job, unless it was deleted or kept for too long."""
        self.settle()
        with self._lock:
            job = self._jobs.get(public_id)
            if job is None or job.account != account or job.deleted:
                return None
            expired = time.monotonic() - job.ended_at > self._settings.retention
            return None if expired else job

    def delete(self, job: Job) -> None:
        """Forget a job. As with the real one, neither its work nor its bill stops."""
        job.deleted = True

    def listed(self, account: str, status: str | None) -> Iterator[dict[str, Any]]:
        """The list's items, newest first."""
        self.settle()
        lag = self._settings.list_lag
        now = time.monotonic() - lag
        with self._lock:
            # Only without a lag does the index of running jobs know all that look unfinished.
            quick = status == "processing" and not lag
            jobs = list((self._running if quick else self._jobs).values())
        for job in reversed(jobs):
            if job.account != account or job.deleted or job.started_at > now:
                continue
            if now - job.ended_at > self._settings.retention:
                continue
            seen = job.status if job.ended_at <= now else "processing"
            if status in (None, seen):
                yield job.summary(seen)

    def all(self) -> list[Job]:
        """Every job that was ever accepted, also the deleted ones, oldest first."""
        self.settle()
        with self._lock:
            return list(self._jobs.values())

    def bill(self, account: str) -> Decimal:
        """What the ended jobs of an account cost, also the deleted ones."""
        mine = (job for job in self.all() if job.ended and job.account == account)
        return sum((Decimal(str(job.ending["cost"] or 0)) for job in mine), Decimal(0))

    def clear(self) -> None:
        with self._lock:
            self._jobs.clear()
            self._running.clear()
            self._due.clear()


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
