from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the SDK of OpenTelemetry is not installed")

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

from django_universal_ai import readings
from django_universal_ai.telemetry import spans
from tests.remote import configure, remote, upstream
from tests.webhooks.conftest import signing

__all__ = ["configure", "remote", "signing", "upstream"]

#: One for the process: OpenTelemetry takes no second one.
READER = InMemoryMetricReader()


@pytest.fixture(scope="session", autouse=True)
def _metered() -> None:
    metrics.set_meter_provider(MeterProvider([READER], shutdown_on_exit=False))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> TracerProvider:
    """The SDK's, for this test; the process's own stays as it is."""
    made = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr(spans, "_tracer", made.get_tracer("django_universal_ai"))
    return made


@pytest.fixture
def traced(provider: TracerProvider) -> InMemorySpanExporter:
    """Where the spans of this test end up."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


Measured = Callable[[str], dict[frozenset[tuple[str, Any]], Any]]


@pytest.fixture
def measured() -> Iterator[Measured]:
    """The values of a metric by its attributes: numbers, and the counts of histograms.

    Counters go on over all tests of the process: take attributes that no other test has.
    """

    def read(name: str) -> dict[frozenset[tuple[str, Any]], Any]:
        readings.forget()
        data = READER.get_metrics_data()
        return {
            frozenset(dict(point.attributes or {}).items()): getattr(
                point, "value", getattr(point, "count", None)
            )
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        }

    yield read
    readings.forget()
