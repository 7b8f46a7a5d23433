"""Waiting for a job, with a deadline, in scripts and async views."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator

from .exceptions import JobTimeout
from .models import TERMINAL, UniversalAIJob


def wait(job: UniversalAIJob, timeout: float) -> UniversalAIJob:
    """Read the row until the job ended; returns ``job``, refreshed.

    A worker does the work: this only reads. Raises
    :class:`~django_universal_ai.exceptions.JobTimeout` after ``timeout`` seconds; the job runs on.
    """
    for pause in _pauses(timeout):
        if _ended(job):
            job.refresh_from_db()
            return job
        time.sleep(pause)
    raise _late(job, timeout)


async def await_finished(job: UniversalAIJob, timeout: float) -> UniversalAIJob:
    """:func:`wait` for async code."""
    for pause in _pauses(timeout):
        if await UniversalAIJob.objects.filter(pk=job.pk, status__in=TERMINAL).aexists():
            await job.arefresh_from_db()
            return job
        await asyncio.sleep(pause)
    raise _late(job, timeout)


def _ended(job: UniversalAIJob) -> bool:
    return UniversalAIJob.objects.filter(pk=job.pk, status__in=TERMINAL).exists()


def _pauses(timeout: float) -> Iterator[float]:
    """Seconds between looks, from a twentieth to one; the last look is at the deadline."""
    deadline = time.monotonic() + timeout
    pause = 0.05
    while True:
        left = deadline - time.monotonic()
        yield max(0.0, min(left, pause * random.uniform(0.8, 1.2)))  # noqa: S311 - jitter
        if left <= 0:
            return
        pause = min(1.0, pause * 1.5)


def _late(job: UniversalAIJob, timeout: float) -> JobTimeout:
    return JobTimeout(
        f"Job {job.pk} didn't end within {timeout:g} s. It runs on: read it later with "
        f"UniversalAIJob.objects.get(pk={str(job.pk)!r}). Is a worker running?",
        job.pk,
    )
