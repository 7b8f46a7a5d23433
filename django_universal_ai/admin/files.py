"""The admin of stored files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ..models import UniversalAIFile
from ..models.database import on_commit
from . import wording
from .read_only import ReadOnlyAdmin
from .search import as_uuid


@admin.register(UniversalAIFile)
class UniversalAIFileAdmin(ReadOnlyAdmin[UniversalAIFile]):
    """Files that jobs read. Deleting one deletes its content too."""

    list_display = ("name", "human_size", "content_type", "purpose", "owner", "created_at",
                    "expires_at")  # fmt: skip
    list_filter = ("purpose",)
    list_select_related = ("owner",)
    search_fields = ("id", "name")
    search_help_text = _("Id or part of the name.")
    fields = ("id", "name", "human_size", "content_type", "purpose", "owner", "created_at",
              "expires_at", "upload")  # fmt: skip
    readonly_fields = ("id", "human_size", "upload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIFile], search_term: str
    ) -> tuple[QuerySet[UniversalAIFile], bool]:
        term = search_term.strip()
        key = as_uuid(term)
        return queryset.filter(pk=key) if key else queryset.filter(name__icontains=term), False

    @admin.display(description=_("Size"), ordering="size")
    def human_size(self, file: UniversalAIFile) -> str:
        return filesizeformat(file.size)

    @admin.display(description=_("At the service"))
    def upload(self, file: UniversalAIFile) -> str:
        if not file.remote_until:
            return _now("Not uploaded.")
        words = (
            _now("Uploaded to account “%(account)s”; it is kept there until %(moment)s.")
            if file.remote_until > timezone.now()
            else _now("Was uploaded to account “%(account)s”; gone there since %(moment)s.")
        )
        moment = wording.moment(file.remote_until)
        return words % {"account": file.remote_account, "moment": moment}

    def delete_model(self, request: HttpRequest, obj: UniversalAIFile) -> None:
        delete_content = _content(obj)
        super().delete_model(request, obj)
        on_commit(delete_content)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UniversalAIFile]) -> None:
        deletions = [_content(row) for row in queryset]
        super().delete_queryset(request, queryset)
        for delete_content in deletions:
            on_commit(delete_content)


def _content(file: UniversalAIFile) -> Callable[[], None]:
    """What deletes the stored content, if it is still there."""
    return partial(file.file.delete, save=False)
