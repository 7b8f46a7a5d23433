"""What a project does with the usual answer, for :mod:`benchmarks.host.web`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .models import Job
from .tasks import run_job


def submit(count: int, model: str) -> None:
    jobs = Job.objects.bulk_create(
        Job(model=model, input={"file": f"https://files.example/{serial}.pdf"})
        for serial in range(count)
    )
    for job in jobs:
        run_job.delay(job.pk)


CALLS: dict[str, Callable[..., Any]] = {each.__name__: each for each in (submit,)}
