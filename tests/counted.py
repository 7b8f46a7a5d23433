"""An account whose requests are counted, and its backend."""

from __future__ import annotations

from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.models import Account
from tests.rows import in_seconds


class Counted(BaseBackend):
    """Has a rate."""

    defaults = {"rate_limit": None}


def backend(rate: float | None = None) -> BaseBackend:
    return Counted("counted", {"rate_limit": rate})


def account() -> Account:
    return Account.objects.get()


def an_hour_passes() -> None:
    Account.objects.update(closed_until=in_seconds(-1), next_request_at=None)
