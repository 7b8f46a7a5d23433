"""The user who signs in to the example, and only while it runs with DEBUG."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.models import Token

NAME = "demo"
PASSWORD = "demo"  # noqa: S105 - printed on the terminal, and of use with DEBUG only


def ensure() -> User:
    """The user ``demo``: with DEBUG a superuser whose password is known, else without any."""
    user, _ = User.objects.get_or_create(username=NAME)
    user.is_staff = user.is_superuser = settings.DEBUG
    if not settings.DEBUG:
        user.set_unusable_password()
    elif not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
    user.save()
    return user


def fresh_token(user: User, name: str) -> str:
    """A token for a day; the earlier ones of that name end."""
    Token.objects.filter(owner=user, name=name).delete()
    return tokens.create(user, name=name, expires_at=timezone.now() + timedelta(days=1))
