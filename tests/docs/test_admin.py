"""The page about the admin tells of all actions, with the permission that each needs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import RequestFactory
from pytest_django import Settings

from django_universal_ai.backends import backends
from django_universal_ai.models import Account

from .pages import python_of, read, rows, section, ticked

pytestmark = pytest.mark.django_db

ADMINS: list[Any] = [
    model_admin
    for model, model_admin in admin.site._registry.items()
    if model._meta.app_label == "universal_ai"
]


def documented() -> dict[str, str]:
    """The permission of each action, as the table has them."""
    table = rows(section(read("howto/admin"), "Actions"))
    return {name: ticked(row[1])[0] for row in table for name in ticked(row[0])}


def test_every_action_is_told() -> None:
    actions = {name for model_admin in ADMINS for name in model_admin.actions or ()}
    assert set(documented()) == actions | {"adopt"}  # which has no place in a list


@pytest.mark.parametrize("name", sorted(documented()))
def test_its_permission_is_the_one_it_needs(name: str) -> None:
    codename = documented()[name].removeprefix("universal_ai.")
    user = User.objects.create_user("ada", is_staff=True)
    request = RequestFactory().get("/")
    request.user = user
    able = [one for one in ADMINS if name in (one.actions or ()) or hasattr(one, f"{name}_view")]
    assert able
    for model_admin in able:
        needed = getattr(getattr(model_admin, name, None), "allowed_permissions", [name])
        may = [getattr(model_admin, f"has_{permission}_permission") for permission in needed]
        request.user = User.objects.get(pk=user.pk)
        assert not any(check(request) for check in may)
        user.user_permissions.set([Permission.objects.get(codename=codename)])
        request.user = User.objects.get(pk=user.pk)  # permissions are kept with the object
        assert all(check(request) for check in may)
        user.user_permissions.clear()


def test_an_account_is_paused_from_code(settings: Settings) -> None:
    http = "django_universal_ai.backends.http.HTTPBackend"
    settings.UNIVERSAL_AI = {"default": {"BACKEND": http, "OPTIONS": {"api_key": "k"}}}
    pause, resume = python_of("howto/admin")[0].strip().rsplit("\n", 1)
    names: dict[str, Any] = {}
    exec(pause, names)  # noqa: S102 - from our own page
    paused = Account.objects.filter(paused_at__isnull=False)
    assert [account.name for account in paused] == [backends["default"].account]
    exec(resume, names)  # noqa: S102
    assert not paused.all().exists()
