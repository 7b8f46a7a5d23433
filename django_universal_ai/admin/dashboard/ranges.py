"""The times that the dashboard can show, and the slots that their plots have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ...models import Span


@dataclass(frozen=True, slots=True)
class Slot:
    """One bar of a plot: an hour, or a day of the current time zone."""

    begin: datetime
    #: On the axis, and in full.
    short: str
    words: str


@dataclass(frozen=True, slots=True)
class Range:
    """A time up to now, in slots, oldest first."""

    name: str
    label: str | Promise
    unit: str | Promise
    slots: tuple[Slot, ...]

    @property
    def begin(self) -> datetime:
        return self.slots[0].begin

    def slot_of(self, field: str) -> Case:
        """In which slot a row is, by one of its moments: -1 is before the first one."""
        later = [slot.begin for slot in self.slots]
        cases = [When(**{f"{field}__lt": at}, then=place) for place, at in enumerate(later, -1)]
        last = Value(len(later) - 1)
        return Case(*cases, default=last, output_field=IntegerField())


def _hours(count: int) -> tuple[Slot, ...]:
    last = Span.HOUR.begin(timezone.now())
    begins = [last - timedelta(hours=ago) for ago in reversed(range(count))]
    return tuple(
        Slot(begin, _local(begin, "H:i"), _local(begin, "D, Y-m-d H:i")) for begin in begins
    )


def _days(count: int) -> tuple[Slot, ...]:
    today = timezone.localdate()
    zone = timezone.get_current_timezone()
    days = [today - timedelta(days=ago) for ago in reversed(range(count))]
    begins = [datetime.combine(day, time.min, tzinfo=zone) for day in days]
    return tuple(Slot(begin, _local(begin, "m-d"), _local(begin, "D, Y-m-d")) for begin in begins)


def _local(at: datetime, form: str) -> str:
    return date_format(timezone.localtime(at), form)


_RANGES: dict[str, tuple[Promise, Promise, Callable[[int], tuple[Slot, ...]], int]] = {
    "24h": (_("24 hours"), _("hour"), _hours, 24),
    "7d": (_("7 days"), _("day"), _days, 7),
    "30d": (_("30 days"), _("day"), _days, 30),
}
#: Shown where none is asked for.
USUAL = "24h"


def range_named(name: str | None) -> Range:
    """The range of this name up to now; the usual one where there is no such."""
    name = name if name in _RANGES else USUAL
    label, unit, make, count = _RANGES[name]
    return Range(name, label, unit, make(count))


def choices() -> list[tuple[str, str]]:
    """Name and label of each range."""
    return [(name, str(label)) for name, (label, *_rest) in _RANGES.items()]
