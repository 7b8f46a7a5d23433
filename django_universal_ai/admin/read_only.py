"""Rows that people look at and only actions change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin):
        """Django's; only its type stubs know which model it is for."""

        def __class_getitem__(cls, model: Any) -> type[ModelAdmin]:
            return cls


class ReadOnlyAdmin(ModelAdmin[M]):
    """An admin without Add and Save. Who may change the rows, may see them."""

    actions_on_top = True
    show_full_result_count = False

    class Media:
        css = {"all": ["universal_ai/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
