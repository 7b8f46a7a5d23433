"""All that is kept about an owner, table by table.

Found out from the models, so that a new one can't be forgotten: a row is an owner's if it names
the owner, or the owner's job, or the owner's token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import ForeignKey, Model, QuerySet
from django.db.models.fields.files import FieldFile

from ...models import UniversalAIJob
from ...models.database import APPS

#: Columns that open doors, or are the machinery's own: nobody's data.
_LEFT_OUT = {"hash", "token_hash", "lease", "lease_owner", "lease_until", "idempotency_scope"}
#: Rows that are in memory at once; a job's may hold megabytes.
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Table:
    """A model, and the way from it to the owner."""

    model: type[Model]
    path: str

    @property
    def name(self) -> str:
        return self.model._meta.label_lower.replace(".", "/")

    def rows(self, owner: Any) -> QuerySet[Any]:
        """The owner's rows."""
        return self.model._default_manager.filter(**{self.path: owner})

    def pages(self, owner: Any) -> Iterator[Sequence[Model]]:
        """The owner's rows, some at a time, by primary key."""
        ids = list(self.rows(owner).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), _PAGE):
            page = self.model._default_manager.filter(pk__in=ids[start : start + _PAGE])
            yield list(page.order_by("pk"))


def tables() -> Iterator[Table]:
    """Every table that knows owners, those of the gateway where it is installed."""
    for model in apps.get_models():
        if model._meta.app_label in APPS and (path := _path(model)):
            yield Table(model, path)


def _path(model: type[Model]) -> str:
    by_target = {
        field.related_model: field.name
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
    }
    if get_user_model() in by_target:
        return by_target[get_user_model()]
    if UniversalAIJob in by_target:
        return f"{by_target[UniversalAIJob]}__owner"
    ways = (
        f"{name}__{path}"
        for target, name in by_target.items()
        if target is not model and (path := _path(target))
    )
    return next(ways, "")


def as_dict(row: Model) -> dict[str, Any]:
    """A row's columns, without what opens doors."""
    names = {field.attname for field in row._meta.concrete_fields} - _LEFT_OUT
    values = {name: getattr(row, name) for name in sorted(names)}
    return {name: str(it) if isinstance(it, FieldFile) else it for name, it in values.items()}
