"""Rows that belong to a job, beside a link to it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from . import links
from .page_actions import PageActionAdmin
from .read_only import M


class OfAJobAdmin(PageActionAdmin[M]):
    """Of the job its name alone is read: its output may hold megabytes."""

    #: Columns that may be large; a page that shows one fetches it.
    large: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request).select_related("job")
        columns = (field.attname for field in self.model._meta.concrete_fields)
        mine = [name for name in columns if name not in self.large]
        return rows.only(*mine, "job__requested_model")

    @admin.display(description=_("Job"))
    def job_link(self, row: Any) -> str:
        if row.job is None:
            return "–"  # noqa: RUF001 - a dash, as elsewhere where there is nothing
        return links.link(links.job_url(self.admin_site, row.job.pk), row.job.requested_model)
