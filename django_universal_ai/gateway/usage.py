"""Totals of what was used over the API."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.db.models import QuerySet, Sum

from . import ledger
from .models import DailyUsage, Token

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

#: What totals may be taken by.
DIMENSIONS = ("day", "owner", "token", "feature", "subfeature", "provider")


def rows(
    *,
    owner: AbstractBaseUser | None = None,
    token: Token | None = None,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> QuerySet[DailyUsage]:
    """The daily rows; ``since`` and ``until`` are UTC days, both included."""
    found = DailyUsage.objects.all()
    if owner is not None:
        found = found.filter(owner=cast(Any, owner))
    if token is not None:
        found = found.filter(token=token)
    if since is not None:
        found = found.filter(day__gte=since)
    if until is not None:
        found = found.filter(day__lte=until)
    return found


def totals(by: Sequence[str] = DIMENSIONS, **chosen: Any) -> list[dict[str, Any]]:
    """Jobs, failures and cost of what :func:`rows` chooses, by some of :data:`DIMENSIONS`.

    Counts what ended in the meantime first. ``owner`` and ``token`` are primary keys.
    """
    ledger.catch_up(chosen.get("token"))
    grouped = rows(**chosen).order_by(*by).values(*by)
    return list(
        grouped.annotate(all_jobs=Sum("jobs"), all_failed=Sum("failed"), credits=Sum("cost"))
    )
