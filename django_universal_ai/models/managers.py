"""What one can ask of many jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import models

from .database import NOW, claim, from_now

if TYPE_CHECKING:
    from .job import UniversalAIJob


class JobQuerySet(models.QuerySet["UniversalAIJob"]):
    """Verbs named for the states that they select."""

    def unfinished(self) -> JobQuerySet:
        return self.exclude(status__in=("success", "fail"))

    def finished(self) -> JobQuerySet:
        return self.filter(status__in=("success", "fail"))

    def pending(self) -> JobQuerySet:
        return self.filter(status="pending")

    def processing(self) -> JobQuerySet:
        return self.filter(status="processing")

    def uncertain(self) -> JobQuerySet:
        return self.filter(status="uncertain")

    def due(self) -> JobQuerySet:
        """Rows whose time has come, by the database's clock, that nobody works on."""
        free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lte=NOW)
        return self.filter(free, due_at__lte=NOW)

    def claim(self, limit: int, *, seconds: float) -> list[UniversalAIJob]:
        """Take up to ``limit`` of these rows: due again in ``seconds``, so nobody else takes them.

        Waits for nobody where others take rows at the same time.
        """
        return claim(self, limit, due_at=from_now(seconds))

    def lean(self) -> JobQuerySet:
        """Without the fields that may hold megabytes."""
        return self.defer("output", "original_response")


_Manager = models.Manager.from_queryset(JobQuerySet)


class JobManager(_Manager["UniversalAIJob"]):
    """``UniversalAIJob.objects``."""

    def submit(self, **request: Any) -> UniversalAIJob:
        """Ask for a job. See :func:`django_universal_ai.jobs.submit`."""
        from .. import jobs

        return jobs.submit(**request)

    async def asubmit(self, **request: Any) -> UniversalAIJob:
        """:meth:`submit` for async views."""
        return await sync_to_async(self.submit)(**request)

    def submit_many(self, requests: list[dict[str, Any]]) -> list[UniversalAIJob]:
        """Ask for many jobs at once. See :func:`django_universal_ai.jobs.submit_many`."""
        from .. import jobs

        return jobs.submit_many(requests)
