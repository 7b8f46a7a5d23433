"""The admin of stored files."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ..models import UniversalAIFile
from ..models.database import on_commit
from . import file_content, page_pictures, wording
from .media import stored
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
    search_hint = _("Id or part of the name.")
    fields = ("content", "id", "name", "human_size", "content_type", "purpose", "owner",
              "created_at", "expires_at", "upload")  # fmt: skip
    readonly_fields = ("content", "id", "human_size", "upload")

    def get_urls(self) -> list[URLPattern]:
        name = "universal_ai_universalaifile"
        content, page = self._safe(self.content_view), self._safe(self.page_view)
        return [
            path("<uuid:pk>/content/", content, name=f"{name}_content"),
            path("<uuid:pk>/pages/<int:number>/", page, name=f"{name}_page"),
            *super().get_urls(),
        ]

    def _safe(self, view: Any) -> Any:
        # They say themselves how long browsers may keep them.
        return self.admin_site.admin_view(require_safe(view), cacheable=True)

    def content_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """The stored content, whole or in ranges."""
        return file_content.serve(request, self.visible(request, pk))

    def page_view(self, request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponseBase:
        """One page of a document as a picture."""
        return page_pictures.serve(request, self.visible(request, pk), number)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIFile], search_term: str
    ) -> tuple[QuerySet[UniversalAIFile], bool]:
        term = search_term.strip()
        key = as_uuid(term)
        return queryset.filter(pk=key) if key else queryset.filter(name__icontains=term), False

    @admin.display(description=_("Content"))
    def content(self, file: UniversalAIFile) -> SafeString | str:
        if not file.file.name:
            return gettext("It was removed.")
        medium = stored(self.admin_site, file)
        return render_to_string("admin/universal_ai/_medium.html", {"medium": medium})

    @admin.display(description=_("Size"), ordering="size")
    def human_size(self, file: UniversalAIFile) -> str:
        return filesizeformat(file.size)

    @admin.display(description=_("At the service"))
    def upload(self, file: UniversalAIFile) -> str:
        if not file.remote_until:
            return gettext("Not uploaded.")
        words = (
            gettext("Uploaded to account “%(account)s”; it is kept there until %(moment)s.")
            if file.remote_until > timezone.now()
            else gettext("Was uploaded to account “%(account)s”; gone there since %(moment)s.")
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
