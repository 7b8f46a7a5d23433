"""Actions that are also buttons on the page of one row.

Django has change-form actions from 6.1 on. This gives them to 5.2 as well, under the same form
fields, and runs ours outside the transaction that Django opens around a change form: asking a
service may take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib.admin import ModelAdmin, options
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_format_dict, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise

from . import links
from .read_only import ReadOnlyAdmin

#: The form field that names the action of a button, as Django 6.1 calls it.
FIELD = "CHANGE_FORM-action"
#: Both places where actions may be shown; empty before Django 6.1.
_Location: Any = getattr(options, "ActionLocation", ())
LOCATIONS: list[Any] = list(_Location)

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=Model)


def page_action(*, permission: str, one: str | Promise, many: str | Promise) -> Callable[[F], F]:
    """Declare an action for the list, under ``many``, and for the page, under ``one``."""

    def declare(function: F) -> F:
        attributes = {
            "allowed_permissions": [permission],
            "short_description": one if LOCATIONS else many,
            "plural_description": many,
            "locations": LOCATIONS,
            "page_label": one,
        }
        for name, value in attributes.items():
            setattr(function, name, value)
        return function

    return declare


def offered(admin: ModelAdmin[Any], request: HttpRequest) -> list[tuple[str, str]]:
    """The name and label of each button that this person may press."""
    get_actions: Any = admin.get_actions
    if not LOCATIONS:
        return [
            (name, str(function.page_label))
            for function, name, _label in get_actions(request).values()
            if hasattr(function, "page_label")
        ]
    found = get_actions(request, action_location=_Location.CHANGE_FORM)
    words = model_format_dict(admin.opts)
    return [(name, str(action.description) % words) for name, action in found.items()]


def chosen_action(admin: ModelAdmin[Any], request: HttpRequest, field: str) -> str | None:
    """Which of our actions a POST asks for; raises ``PermissionDenied`` where it may not."""
    name = request.POST.get(field, "") if request.method == "POST" else ""
    if name not in (admin.actions or ()):
        return None
    for permission in getattr(admin, name).allowed_permissions:
        if not getattr(admin, f"has_{permission}_permission")(request):
            raise PermissionDenied
    return name


class PageActionAdmin(ReadOnlyAdmin[M]):
    """Shows its actions as buttons, and refuses what this person may not do."""

    change_form_template = "admin/universal_ai/change_form.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        chosen_action(self, request, "action")
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method == "POST" and object_id is not None:
            row = self.get_object(request, unquote(object_id))
            if row is not None:
                mine = self.get_queryset(request).filter(pk=row.pk)
                response = self.act_on_page(request, mine)
                if response is not None:
                    return response
        return super().changeform_view(request, object_id, form_url, extra_context)

    def act_on_page(self, request: HttpRequest, rows: QuerySet[M]) -> HttpResponseBase | None:
        """Do what a button of the page asks for; ``None`` where it isn't one of ours.

        ``rows`` holds the page's row alone.
        """
        name = chosen_action(self, request, FIELD)
        if name is None:
            return None
        response: HttpResponseBase | None = getattr(self, name)(request, rows)
        return response or redirect(request.get_full_path())

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        context |= {
            "action_form": None,  # Django 6.1 would show its own; the template has buttons
            "action_field": FIELD,
            "action_buttons": self.buttons(request, obj),
            "selection_field": ACTION_CHECKBOX_NAME,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def after(self, rows: Sequence[Model]) -> HttpResponseBase:
        """To the page of the row that an action was about; of several, or none, to the list."""
        if len(rows) == 1:
            return redirect(links.page_url(self.admin_site, self.model, rows[0].pk) or ".")
        return redirect(links.list_url(self.admin_site, self.model))

    def buttons(self, request: HttpRequest, row: M | None) -> list[tuple[str, str]]:
        """The name and label of each button above the page."""
        return offered(self, request)
