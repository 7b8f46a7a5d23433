"""The list of jobs: its pages, its dates and what its jobs come to, whatever the table holds."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, Value
from django.http import HttpRequest

from ..models import UniversalAIJob
from . import filters
from .dates import dates
from .totals import NewestPaginator, Totals

#: Filters that few jobs fit, more of them old than new, which no statistics of a database tell.
RARE = {filters.NeedsAPerson.parameter_name, filters.Slow.parameter_name}
#: In that order, but not in that of an index: the database looks for all that fit and sorts them,
#: rather than go through the newest jobs until a page is full.
_SORTED = ExpressionWrapper(F("requested_at") + Value(timedelta(0)), output_field=DateTimeField())


class JobChangeList(ChangeList):
    """Django's, or a theme's, with what the template shows besides."""

    paginator: NewestPaginator

    @property
    def totals(self) -> Totals:
        return self.paginator.totals

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]) -> list[Any]:
        ordering: list[Any] = list(super().get_ordering(request, queryset))
        if not RARE & request.GET.keys():
            return ordering
        sorted_ = {"requested_at": _SORTED.asc(), "-requested_at": _SORTED.desc()}
        return [sorted_.get(field, field) for field in ordering]

    @cached_property
    def dates(self) -> dict[str, Any]:
        return dates(self)


def list_of(theirs: type[ChangeList]) -> type[ChangeList]:
    """Ours on top of the class that Django or a theme has for its lists."""
    return type(JobChangeList.__name__, (JobChangeList, theirs), {})
