"""Rolled-up rows without the jobs that led to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from django_universal_ai.models import Rollup, Span

DASHBOARD = "/admin/universal_ai/universalaijob/dashboard/"


def roll_up(at: datetime | None = None, **fields: Any) -> None:
    """What ended in the hour of ``at``, in its row of the hour and in that of the day."""
    at = at or timezone.now()
    row: dict[str, Any] = {
        "backend": "default",
        "feature": "ocr",
        "subfeature": "ocr_async",
        "provider": "amazon",
        "durations": {},
        **fields,
    }
    for span in Span:
        made = Rollup(span=span, begin=span.begin(at), **row)
        made.id = made.make_id()
        known = Rollup.objects.filter(pk=made.pk).first()
        if known:
            made.durations = {**known.durations, **made.durations}
            for name in ("created", "succeeded", "failed"):
                setattr(made, name, getattr(made, name) + getattr(known, name))
            made.cost = Decimal(made.cost) + known.cost
        made.save()


def ago(**units: float) -> datetime:
    return timezone.now() - timedelta(**units)
