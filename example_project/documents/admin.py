from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from .models import Document

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Document]
else:  # not generic outside the type checker
    ModelAdmin = admin.ModelAdmin


@admin.register(Document)
class DocumentAdmin(ModelAdmin):
    """Documents are made on the site; here staff look at them."""

    list_display = ("title", "owner", "is_public", "status", "created")
    list_filter = ("is_public", "created")
    list_select_related = ("owner",)
    search_fields = ("title", "note", "owner__username")
    fields = ("title", "owner", "is_public", "note", "newest_job", "created")
    readonly_fields = ("owner", "note", "newest_job", "created")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).prefetch_related("jobs")

    @admin.display(description="status")
    def status(self, document: Document) -> str:
        return document.job.get_status_display() if document.job else "-"

    @admin.display(description="job")
    def newest_job(self, document: Document) -> str:
        if (job := document.job) is None:
            return "-"
        url = reverse("admin:universal_ai_universalaijob_change", args=[job.pk])
        return format_html('<a href="{}">{}</a>', url, job)
