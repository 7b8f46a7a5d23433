"""The other side of ``content_object``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, overload

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models

from .managers import JobManager


class UniversalAIJobsField(GenericRelation):
    """The jobs of an object: ``ai_jobs = UniversalAIJobsField()`` on a model of yours.

    ``document.ai_jobs.submit(model=..., input=...)`` attaches the job to the document.

    Unlike a plain ``GenericRelation``, deleting the object leaves its jobs: they were paid for, and
    may be at work. ``cascade=True`` deletes them along with it.
    """

    def __init__(self, *, cascade: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("to", "universal_ai.UniversalAIJob")
        super().__init__(**kwargs)
        self.cascade = cascade

    if TYPE_CHECKING:

        @overload  # type: ignore[override]  # an object's jobs, where Django has Any
        def __get__(self, instance: None, owner: Any = None) -> Self: ...
        @overload
        def __get__(self, instance: models.Model, owner: Any = None) -> JobManager: ...
        def __get__(self, instance: models.Model | None, owner: Any = None) -> Any: ...

    def bulk_related_objects(self, objs: Any, using: str = "default") -> models.QuerySet[Any]:
        """What Django's deletion takes along."""
        found: models.QuerySet[Any] = super().bulk_related_objects(objs, using)
        return found if self.cascade else found.none()
