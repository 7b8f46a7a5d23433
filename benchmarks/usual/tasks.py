"""The task: send once, then look every few seconds; wait as long as a 429 says.

Written as well as it usually is: one httpx client per process with its connections kept, rows
loaded once and saved by the fields that changed, a 429 heeded, network errors tried again, and the
POST only where the row has no id yet.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import httpx
from celery import Task, shared_task
from django.utils import timezone

from benchmarks.host.settings import OPTIONS

from .models import Job

PATH = "/v3/universal-ai/async"
#: Seconds between two looks.
PAUSE = 5
ENDED = ("success", "fail")


@cache
def _client(pid: int) -> httpx.Client:
    return httpx.Client(
        base_url=OPTIONS["base_url"],
        headers={"Authorization": f"Bearer {OPTIONS['api_key']}"},
        timeout=30,
    )


@shared_task(bind=True, max_retries=None)
def run_job(self: Task[Any, Any], job_id: int) -> None:
    """Send the job, or look at it; come again until it has ended."""
    job = Job.objects.get(pk=job_id)
    if job.status in ENDED:
        return
    client = _client(os.getpid())
    try:
        if job.public_id:
            answer = client.get(f"{PATH}/{job.public_id}")
        else:
            answer = client.post(PATH, json={"model": job.model, "input": job.input})
    except httpx.TransportError as error:
        raise self.retry(exc=error, countdown=PAUSE) from error
    if answer.status_code == 429:
        raise self.retry(countdown=float(answer.headers.get("Retry-After", PAUSE)))
    answer.raise_for_status()
    _save(job, answer.json())
    if job.status not in ENDED:
        raise self.retry(countdown=PAUSE)


def _save(job: Job, data: dict[str, Any]) -> None:
    if data["status"] in ENDED:
        job.output, job.error, job.cost = data["output"], data["error"], data["cost"]
        job.public_id, job.status, job.finished_at = (
            data["public_id"],
            data["status"],
            timezone.now(),
        )
        job.save(update_fields=["output", "error", "cost", "public_id", "status", "finished_at"])
    elif not job.public_id:
        job.public_id, job.status = data["public_id"], data["status"]
        job.save(update_fields=["public_id", "status"])
