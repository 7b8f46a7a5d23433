"""Whose tokens and jobs a verb is about."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from .exits import misused


def need_gateway() -> None:
    """``CommandError`` where the gateway isn't installed."""
    if not apps.is_installed("django_universal_ai.gateway"):
        raise CommandError("Add 'django_universal_ai.gateway' to INSTALLED_APPS first.")


def find_owner(username: str) -> Any:
    """The user of that name; ``CommandError`` where there is none."""
    users = get_user_model()
    try:
        return users._default_manager.get_by_natural_key(username)
    except users.DoesNotExist as error:
        raise misused(f"There is no user {username!r}.") from error
