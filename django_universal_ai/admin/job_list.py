"""The list of jobs: its pages, its dates and what its jobs come to, whatever the table holds."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ChangeList

from .dates import dates
from .totals import NewestPaginator, Totals


class JobChangeList(ChangeList):
    """Django's, or a theme's, with what the template shows besides."""

    paginator: NewestPaginator

    @property
    def totals(self) -> Totals:
        return self.paginator.totals

    @cached_property
    def dates(self) -> dict[str, Any]:
        return dates(self)


def list_of(theirs: type[ChangeList]) -> type[ChangeList]:
    """Ours on top of the class that Django or a theme has for its lists."""
    return type(JobChangeList.__name__, (JobChangeList, theirs), {})
