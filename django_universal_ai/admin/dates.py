"""Years, months and days to choose from, without a look at every job.

Django's own date hierarchy reads the date of each row of the list. Here the first and the last job
tell what there is to choose; a period between them may be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..models import UniversalAIJob

FIELD = "requested_at"

Choice = dict[str, str]


def dates(changes: ChangeList) -> dict[str, Any]:
    """The context of the admin's template of a date hierarchy. Two queries."""
    first, last = _end(FIELD), _end(f"-{FIELD}")
    if first is None or last is None:
        return {}
    year, month, day = (_number(changes, part) for part in ("year", "month", "day"))
    if year is None and first.year == last.year:
        year = first.year
        if first.month == last.month:
            month = first.month
    context = _context(changes, first, last, year, month, day)
    return {"show": True, "field_name": _("requested"), **context}


def _context(
    changes: ChangeList,
    first: date,
    last: date,
    year: int | None,
    month: int | None,
    day: int | None,
) -> dict[str, Any]:
    """The choices below what is chosen, and the way back up."""

    def link(**parts: int) -> str:
        values = {f"{FIELD}__{part}": str(value) for part, value in parts.items()}
        return changes.get_query_string(values, [f"{FIELD}__"])

    if year is None:
        years = range(first.year, last.year + 1)
        return {"choices": [{"link": link(year=each), "title": str(each)} for each in years]}
    if month is None:
        back = {"link": link(), "title": _("All dates")}
        months = (date(year, each, 1) for each in range(1, 13))
        inside = (each for each in months if first.replace(day=1) <= each <= last)
        return {"back": back, "choices": _choices(inside, "YEAR_MONTH_FORMAT", link)}
    begin = date(year, month, 1)
    if day is None:
        back = {"link": link(year=year), "title": str(year)}
        inside = (each for each in _days(begin) if first <= each <= last)
        return {"back": back, "choices": _choices(inside, "MONTH_DAY_FORMAT", link)}
    title = capfirst(date_format(begin, "YEAR_MONTH_FORMAT"))
    back = {"link": link(year=year, month=month), "title": title}
    chosen = date_format(date(year, month, day), "MONTH_DAY_FORMAT")
    return {"back": back, "choices": [{"title": capfirst(chosen)}]}


def _choices(days: Iterable[date], format_: str, link: Callable[..., str]) -> list[Choice]:
    found = []
    for each in days:
        parts = {"year": each.year, "month": each.month}
        if format_ == "MONTH_DAY_FORMAT":
            parts["day"] = each.day
        found.append({"link": link(**parts), "title": capfirst(date_format(each, format_))})
    return found


def _days(begin: date) -> Iterable[date]:
    days = (begin + timedelta(days=number) for number in range(31))
    return (each for each in days if each.month == begin.month)


def _end(order: str) -> date | None:
    """The day of the first job in this order."""
    moments = UniversalAIJob.objects.order_by(order).values_list(FIELD, flat=True)
    at: datetime | None = moments.first()
    if at is None:
        return None
    return (timezone.localtime(at) if timezone.is_aware(at) else at).date()


def _number(changes: ChangeList, part: str) -> int | None:
    """What the address chose; the list itself refuses what is no date."""
    value = changes.params.get(f"{FIELD}__{part}")
    return int(value) if value else None
