"""Time at will: not the clock is moved on, but every row is made older.

The engine goes by the database's clock, which no library can set.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import DateTimeField, F, Model
from django.db.models.functions import Now
from django.utils import timezone

from ..engine import removing
from ..models import Account, JobEvent, UniversalAIFile, UniversalAIJob, WebhookReceipt
from ..models.database import APPS

#: What the engine waits for. The gateway's webhooks aren't among it: threads post them, and one
#: that is under way would come due again, and be posted twice.
_AWAITED: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (UniversalAIJob, ("due_at", "lease_until")),
    (Account, ("closed_until", "next_sweep_at", "swept_until")),
    (JobEvent, ("deliver_at",)),
    (WebhookReceipt, ("due_at",)),
    (UniversalAIFile, ("remove_at",)),
)


def grow_older(by: timedelta, days: int = 0) -> None:
    """Make every moment in our tables earlier, and every date by so many ``days``.

    A date has no hour: the caller knows when a day is full.
    """
    for model in _models():
        names = [field.name for field in model._meta.fields if isinstance(field, DateTimeField)]
        if names:
            model._default_manager.update(**{name: F(name) - by for name in names})
    if days and apps.is_installed("django_universal_ai.gateway"):
        _move_days(timedelta(days=days))
    removing.forget()


def _move_days(by: timedelta) -> None:
    """Let what tokens have used be of earlier days.

    The sums of day and month are made anew of that: a month is no number of days.
    """
    from ..gateway import meters
    from ..gateway.models import ApiJob, DailyUsage, TokenMeter

    for rows in (ApiJob.objects.order_by("day"), DailyUsage.objects.order_by("day")):
        # The earliest one first: no two rows of a token are of the same day meanwhile.
        for day in list(rows.values_list("day", flat=True).distinct()):
            rows.filter(day=day).update(day=day - by)
    for meter in TokenMeter.objects.select_related("token"):
        meters.recount(meter.token)


def next_moment() -> datetime | None:
    """The next one for which something waits; ``None`` where nothing does."""
    return min(_moments(), default=None)


def _moments() -> Iterator[datetime]:
    for model, names in _AWAITED:
        for name in names:
            rows = model._default_manager.filter(**{f"{name}__gt": Now()}).order_by(name)
            yield from rows.values_list(name, flat=True)[:1]


def something_waits() -> bool:
    """Whether any row has a time at which it is to be looked at."""
    return (
        UniversalAIJob.objects.filter(due_at__isnull=False).exists()
        or JobEvent.objects.filter(deliver_at__isnull=False).exists()
        or WebhookReceipt.objects.filter(due_at__isnull=False).exists()
    )


def until(moment: datetime) -> timedelta:
    """How far it is, and a little more, so that it has surely come."""
    return max(timedelta(0), moment - timezone.now()) + timedelta(milliseconds=10)


def _models() -> Iterator[type[Model]]:
    for label in APPS:
        if label in apps.app_configs:
            yield from apps.get_app_config(label).get_models()
