"""How a job's values are written on the pages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Paginator

from django_universal_ai.contract import format_cost

register = template.Library()


@register.filter
def amount(credits: Decimal) -> str:
    """Credits, with as many digits as count."""
    return f"{credits.normalize():f}"


@register.filter
def credits(cost: Decimal | None) -> str:
    """The cost as the service writes it."""
    if cost is None:
        return "not known yet"
    return "free" if cost == 0 else format_cost(cost.normalize())


@register.filter
def first_of(number: int, paginator: Paginator[Any]) -> str:
    """The pages of a document that stand on a page of the list: ``11-20``."""
    page = paginator.page(number)
    return f"{page.start_index()}-{page.end_index()}"


@register.filter
def megabytes(size: int) -> str:
    """A limit, in whole megabytes."""
    return f"{size >> 20} MB"


@register.filter
def seconds(duration: timedelta | None) -> str:
    """A job's time, to a tenth."""
    return "running" if duration is None else f"{duration.total_seconds():.1f} s"


@register.filter
def short_ago(since: str) -> str:
    """The first part of Django's ``timesince``."""
    first = since.split(",")[0]
    return "just now" if first.startswith("0") else f"{first} ago"
