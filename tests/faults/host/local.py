"""A backend whose work is done here: it sleeps, and says which run of the job this was."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django_universal_ai.backends import BaseBackend
from django_universal_ai.contract import JobRequest, JobResponse, JobStatus, ModelId

from . import lines


class SleepingBackend(BaseBackend):
    """Serves ``test/run_async/sleeper``: ``input`` holds the seconds."""

    runs_here = True
    defaults: ClassVar[dict[str, Any]] = {"queue": None, "time_limit": 3600.0, "max_attempts": 3}

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        super().__init__(alias, options)
        self.queue = self.options["queue"]

    def serves(self, model: ModelId) -> bool:
        return model.provider == "sleeper"

    def run(
        self,
        request: JobRequest,
        files: Mapping[str, Path] | None = None,
        report: Callable[[float | None], None] = lambda progress: None,
        keep: Callable[[Path], str] = str,
    ) -> JobResponse:
        run = uuid.uuid4().hex
        lines.append("runs.jsonl", run=run, serial=(request.provider_params or {}).get("serial"))
        report(0.0)
        time.sleep(float(request.input["seconds"]))
        model = request.model_id
        return JobResponse(
            public_id="here",
            status=JobStatus.SUCCESS,
            cost=Decimal(0),
            provider=model.provider,
            feature=model.feature,
            subfeature=model.subfeature,
            output={"run": run},
        )
