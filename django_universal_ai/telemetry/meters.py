"""Metrics: what this process did, counted as it happens, and what stands in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.utils import timezone
from opentelemetry.metrics import CallbackOptions, Observation, get_meter

from .. import __version__
from ..signals import StatusChange, status_changed
from . import spans

_TERMINAL = ("success", "fail")
#: Seconds: jobs take from a moment to a day.
_BOUNDS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 10800, 43200, 86400)

_meter = get_meter("django_universal_ai", __version__)
_jobs = _meter.create_counter(
    "universal_ai.jobs", unit="{job}", description="Jobs that came into a status."
)
_durations = _meter.create_histogram(
    "universal_ai.job.duration",
    unit="s",
    description="From being asked for until the end.",
    explicit_bucket_boundaries_advisory=_BOUNDS,
)
_requests = _meter.create_counter(
    "universal_ai.requests",
    unit="{request}",
    description="Requests to backends, by outcome: ok, or the error's name.",
)


def install() -> None:
    """Count from now on, wherever the project's SDK puts it."""
    status_changed.connect(_count, dispatch_uid="universal_ai.telemetry")
    # Late: readings are made of models.
    from .. import readings

    for gauge in readings.GAUGES:
        _meter.create_observable_gauge(
            f"universal_ai.{gauge.name}",
            callbacks=[partial(_observe, gauge.read)],
            unit=gauge.unit,
            description=gauge.description,
        )


def count_request(backend: str, error: Exception | None) -> None:
    """A request to a backend is over; how."""
    outcome = "ok" if error is None else type(error).__name__
    _requests.add(1, {"backend": backend, "outcome": outcome})


def _count(change: StatusChange, **kwargs: Any) -> None:
    what = {
        "status": change.after,
        "feature": f"{change.feature}/{change.subfeature}",
        "provider": change.provider,
        "backend": change.backend,
    }
    _jobs.add(1, what)
    if change.after in _TERMINAL:
        seconds = (timezone.now() - change.requested_at).total_seconds()
        _durations.record(max(0.0, seconds), what)
        spans.tell_end(change)


def _observe(
    read: Callable[[], Iterable[tuple[dict[str, str], float]]], options: CallbackOptions
) -> list[Observation]:
    return [Observation(value, labels) for labels, value in read()]
