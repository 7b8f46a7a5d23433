"""Actions that are also buttons on the page of one row.

Django has change-form actions from 6.1 on. This gives them to 5.2 as well, under the same form
fields, and runs ours outside the transaction that Django opens around a change form: asking a
service may take seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.admin import ModelAdmin, options
from django.contrib.admin.utils import model_format_dict
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.functional import Promise

#: The form field that names the action of a button, as Django 6.1 calls it.
FIELD = "CHANGE_FORM-action"
#: Both places where actions may be shown; empty before Django 6.1.
_Location: Any = getattr(options, "ActionLocation", ())
LOCATIONS: list[Any] = list(_Location)

F = TypeVar("F", bound=Callable[..., Any])


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
