"""The backend for tests: keeps what it is given and ends every job well."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import IO, Any, ClassVar

from django.core.checks import CheckMessage, Warning
from django.utils import timezone

from ..contract import (
    FileInfo,
    JobList,
    JobRequest,
    JobResponse,
    JobStatus,
    sample_output,
)
from ..exceptions import NotFound
from . import rules
from .base import BaseBackend
from .rules import Rule


class DummyBackend(BaseBackend):
    """Keeps requests in memory and ends each job in success when it is next looked at.

    The output is made up after the subfeature's schema. Nothing leaves the process: a job that
    one process submitted isn't known to another.
    """

    can_get = can_list = can_delete = can_upload = True
    first_look = 0.0
    defaults: ClassVar[dict[str, Any]] = {"providers": ()}
    rules: ClassVar[dict[str, Rule]] = {"providers": rules.NAMES}

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        super().__init__(alias, options)
        #: What was submitted, oldest first.
        self.requests: list[JobRequest] = []
        #: What was uploaded, by file id.
        self.files: dict[str, bytes] = {}
        self._jobs: dict[str, JobResponse] = {}

    def serves(self, model: Any) -> bool:
        return model.provider in self.options["providers"]

    def submit(self, request: JobRequest) -> JobResponse:
        self.requests.append(request)
        model = request.model_id
        job = JobResponse(
            public_id=str(uuid.uuid4()),
            status=JobStatus.PROCESSING,
            cost=Decimal(0),
            provider=model.provider,
            feature=model.feature,
            subfeature=model.subfeature,
            model=model.model,
            created_at=timezone.now(),
        )
        self._jobs[job.public_id] = job
        return job

    def get(self, public_id: str) -> JobResponse:
        job = self._find(public_id)
        if not job.is_terminal:
            output = sample_output(f"{job.feature}/{job.subfeature}")
            job = job.model_copy(update={"status": JobStatus.SUCCESS, "output": output})
            self._jobs[public_id] = job
        return job

    def list_jobs(
        self,
        *,
        status: str | None = None,
        feature: str | None = None,
        subfeature: str | None = None,
        page: int = 1,
        limit: int = 1000,
    ) -> JobList:
        jobs = map(self.get, list(self._jobs))  # the list is a look, too
        wanted = {"status": status, "feature": feature, "subfeature": subfeature}
        return JobList.of(jobs, wanted, page=page, limit=limit)

    def delete(self, public_id: str) -> None:
        self._find(public_id)
        del self._jobs[public_id]

    def upload(
        self,
        file: IO[bytes],
        *,
        name: str,
        content_type: str = "",
        purpose: str = "general",
        expires_in_days: int = 30,
    ) -> FileInfo:
        file_id = str(uuid.uuid4())
        self.files[file_id] = content = file.read()
        return FileInfo(
            file_id=file_id,
            file_name=name,
            file_size=len(content),
            file_mimetype=content_type or "application/octet-stream",
            purpose=purpose,
            created_at=timezone.now(),
        )

    def _find(self, public_id: str) -> JobResponse:
        try:
            return self._jobs[public_id]
        except KeyError:
            raise NotFound("Job not found.", status_code=404) from None

    def check_deployment(self) -> list[CheckMessage]:
        return [
            Warning(
                f"The backend {self.alias!r} makes its results up: it is for tests.",
                hint="Use the HTTPBackend or the LocalBackend.",
                id="universal_ai.W017",
            )
        ]
