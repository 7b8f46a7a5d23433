"""What one can ask of many jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import models

from .database import NOW, claim, from_now
from .submitting import Submitting

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

if TYPE_CHECKING:

    class _Verbs(models.Manager["UniversalAIJob"]):
        """What ``_Manager`` has, for type checkers that don't run ``from_queryset``."""

        def unfinished(self) -> JobQuerySet: ...
        def finished(self) -> JobQuerySet: ...
        def pending(self) -> JobQuerySet: ...
        def processing(self) -> JobQuerySet: ...
        def uncertain(self) -> JobQuerySet: ...
        def due(self) -> JobQuerySet: ...
        def lean(self) -> JobQuerySet: ...

else:

    class _Verbs:
        """Nothing: ``_Manager`` has them."""


class JobManager(Submitting, _Verbs, _Manager["UniversalAIJob"]):
    """``UniversalAIJob.objects``, and what :class:`.UniversalAIJobsField` gives of an object."""

    if not TYPE_CHECKING:  # which have them from Submitting

        def submit(self, **request):
            """Ask for a job. See :func:`django_universal_ai.jobs.submit`."""
            from .. import jobs

            return jobs.submit(**self._about(), **request)

        async def asubmit(self, **request):
            """:meth:`submit` for async views."""
            return await sync_to_async(self.submit)(**request)

    def submit_many(self, requests: Iterable[Mapping[str, Any]]) -> list[UniversalAIJob]:
        """Ask for many jobs at once. See :func:`django_universal_ai.jobs.submit_many`."""
        from .. import jobs

        about = self._about()
        return jobs.submit_many({**about, **request} for request in requests)

    async def asubmit_many(self, requests: Iterable[Mapping[str, Any]]) -> list[UniversalAIJob]:
        """:meth:`submit_many` for async views."""
        return await sync_to_async(self.submit_many)(requests)

    def _about(self) -> dict[str, Any]:
        """The object whose jobs these are, where this is the manager of a relation."""
        is_relation = hasattr(self, "object_id_field_name")  # a generic one
        return {"content_object": getattr(self, "instance")} if is_relation else {}  # noqa: B009 - unknown to the type
