"""Rows that people look at and only actions change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Media
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise  # only the stubs have it

    ModelAdmin = admin.ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin):
        """Django's; only its type stubs know which model it is for."""

        def __class_getitem__(cls, model: Any) -> type[ModelAdmin]:
            return cls


def stylesheets() -> list[str]:
    """Ours, and for a site whose templates are django-unfold's what Django's own have besides."""
    sheets = ["universal_ai/admin.css"]
    return [*sheets, "universal_ai/unfold.css"] if apps.is_installed("unfold") else sheets


class StyledAdmin(ModelAdmin[M]):
    """An admin that looks like the others of this app.

    ``search_hint`` says what the search looks through. Django's own ``search_help_text`` makes its
    text the only name, beside a picture, that the search box has for a screen reader.
    """

    change_list_template = "admin/universal_ai/list.html"
    search_hint: StrOrPromise = ""

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": stylesheets()})

    def own_page(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        """A page beside Django's own, with what all pages of an admin have."""
        request.current_app = self.admin_site.name  # for {% url %} in the templates
        usual = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, template, usual | context)


class ReadOnlyAdmin(StyledAdmin[M]):
    """An admin without Add and Save. Who may change the rows, may see them."""

    actions_on_top = True
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def visible(self, request: HttpRequest, pk: object) -> M:
        """The row, for whoever may see it; whoever may not isn't told whether there is one."""
        row = self.get_queryset(request).filter(pk=pk).first()
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        return row
