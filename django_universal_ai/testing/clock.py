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

#: What the engine waits for.
_AWAITED: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (UniversalAIJob, ("due_at", "lease_until")),
    (Account, ("closed_until", "next_sweep_at", "swept_until")),
    (JobEvent, ("deliver_at",)),
    (WebhookReceipt, ("due_at",)),
    (UniversalAIFile, ("remove_at",)),
)


def grow_older(by: timedelta) -> None:
    """Make every moment in our tables earlier."""
    for model in _models():
        names = [field.name for field in model._meta.fields if isinstance(field, DateTimeField)]
        if names:
            model._default_manager.update(**{name: F(name) - by for name in names})
    removing.forget()


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
