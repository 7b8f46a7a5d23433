"""The backend that plays what a test has scripted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, ClassVar

from django.utils import timezone
from django.utils.module_loading import import_string

from ..backends import BaseBackend
from ..contract import (
    FileInfo,
    JobList,
    JobRequest,
    JobResponse,
    JobStatus,
    ModelId,
    Offer,
)
from ..exceptions import NotFound
from .script import Outcome, Script


@dataclass
class ServedJob:
    """A job as the played service has it."""

    request: JobRequest
    outcome: Outcome
    public_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=timezone.now)
    looks: int = 0

    @property
    def has_ended(self) -> bool:
        return not self.outcome.only_by_webhook and self.looks > self.outcome.polls

    def response(self, *, ended: bool | None = None) -> JobResponse:
        """What a GET tells; ``ended``: what it would tell then."""
        model, outcome = self.request.model_id, self.outcome
        answer: dict[str, Any] = {
            "public_id": self.public_id,
            "status": JobStatus.PROCESSING,
            "cost": outcome.cost * 0,
            "provider": model.provider,
            "feature": model.feature,
            "subfeature": model.subfeature,
            "model": model.model,
            "created_at": self.created_at,
        }
        if self.has_ended if ended is None else ended:
            answer |= {
                "status": outcome.status,
                "cost": outcome.cost,
                "output": outcome.output_of(model.name),
                "error": outcome.error,
                "original_response": outcome.original_response,
            }
        return JobResponse(**answer)


class Service:
    """The played service: all scripted backends of a test share it."""

    def __init__(self) -> None:
        self.script = Script()
        #: Every request that arrived, oldest first.
        self.requests: list[JobRequest] = []
        self.jobs: dict[str, ServedJob] = {}
        self.files: dict[str, bytes] = {}

    def grow_older(self, by: timedelta) -> None:
        for job in self.jobs.values():
            job.created_at -= by


class ScriptedBackend(BaseBackend):
    """Stands for a configured backend: takes what that one would take, and does as scripted."""

    can_get = can_list = can_delete = can_upload = True
    defaults: ClassVar[dict[str, Any]] = {
        "service": None,
        "stands_for": None,
        "rate_limit": None,
        "webhook_url": None,
        "webhook_public_keys": (),
    }

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        super().__init__(alias, options)
        self.service: Service = self.options["service"]
        entry: Mapping[str, Any] = self.options["stands_for"]
        self._original: BaseBackend = import_string(entry["BACKEND"])(
            alias, dict(entry.get("OPTIONS", {}))
        )
        self.prices = self._original.prices

    @property
    def is_service(self) -> bool:
        # What may be asked of it, and where its fallbacks go, is as it would be without the kit;
        # ``runs_here`` stays off, for what is scripted is sent and looked at, not run.
        return self._original.is_service

    def serves(self, model: ModelId) -> bool:
        return self._original.serves(model)

    def is_deterministic(self, model: ModelId) -> bool:
        return self._original.is_deterministic(model)

    def offers(self, model: ModelId) -> list[str]:
        return self._original.offers(model)

    def catalogue(self, name: str) -> Iterable[Offer]:
        return self._original.catalogue(name)

    def validate(self, request: JobRequest) -> None:
        self._original.validate(request)

    def submit(self, request: JobRequest) -> JobResponse:
        self.service.requests.append(request)
        outcome = self.service.script.take(request)
        job = ServedJob(request, outcome)
        if outcome.is_taken:
            self.service.jobs[job.public_id] = job
        if outcome.refusal is not None:
            raise outcome.refusal
        return job.response(ended=False)

    def get(self, public_id: str) -> JobResponse:
        job = self._find(public_id)
        job.looks += 1
        return job.response()

    def list_jobs(
        self,
        *,
        status: str | None = None,
        feature: str | None = None,
        subfeature: str | None = None,
        page: int = 1,
        limit: int = 1000,
    ) -> JobList:
        jobs = map(self.get, list(self.service.jobs))  # the list is a look, too
        wanted = {"status": status, "feature": feature, "subfeature": subfeature}
        return JobList.of(jobs, wanted, page=page, limit=limit)

    def delete(self, public_id: str) -> None:
        self._find(public_id)
        del self.service.jobs[public_id]

    def upload(
        self,
        file: IO[bytes],
        *,
        name: str,
        content_type: str = "",
        purpose: str = "general",
        expires_in_days: int = 30,
    ) -> FileInfo:
        file_id, content = str(uuid.uuid4()), file.read()
        self.service.files[file_id] = content
        return FileInfo(
            file_id=file_id,
            file_name=name,
            file_size=len(content),
            file_mimetype=content_type or "application/octet-stream",
            purpose=purpose,
            created_at=timezone.now(),
        )

    def close(self) -> None:
        self._original.close()

    def _find(self, public_id: str) -> ServedJob:
        if public_id not in self.service.jobs:
            raise NotFound("Job not found.", status_code=404)
        return self.service.jobs[public_id]
