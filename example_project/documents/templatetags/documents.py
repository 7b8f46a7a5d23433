"""How a job's values are written on the pages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django import template

from django_universal_ai.contract import format_cost
from django_universal_ai.models import Status, UniversalAIJob

from ..reading import WORDS

register = template.Library()


@register.filter
def in_words(job: UniversalAIJob) -> str:
    """Where the job stands, in a few words."""
    return WORDS[Status(job.status)]


@register.filter
def credits(cost: Decimal | None) -> str:
    """The cost as the service writes it."""
    if cost is None:
        return "not known yet"
    return "free" if cost == 0 else format_cost(cost.normalize())


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
