"""The page on observing, run."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import yaml
from celery.signals import worker_process_init
from django.test import Client
from pytest_django import Settings

from django_universal_ai import health, jobs, readings
from django_universal_ai.jobs import telling
from django_universal_ai.models import UniversalAIJob
from django_universal_ai.readings import GAUGES
from django_universal_ai.signals import status_changed
from tests.rows import AUDIO, URL
from tests.test_sentry import SIGNATURE, SIGNED_URL, Wire, broken, wire

from .pages import DOCS, blocks, files_of, read, rows, section, ticked

__all__ = ["wire"]

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "howto/observing"


@pytest.fixture(autouse=True)
def _mysite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mysite", types.ModuleType("mysite"))


def texts(language: str, word: str) -> list[str]:
    return [
        block.text
        for block in blocks(DOCS / f"{PAGE}.md")
        if block.language == language and word in block.text
    ]


def one(language: str, word: str) -> str:
    (text,) = texts(language, word)
    return text


def module(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of the page, importable under its name."""
    made = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    parent, _, own = name.rpartition(".")
    if parent:
        monkeypatch.setattr(sys.modules[parent], own, made, raising=False)
    exec(compile(text, name, "exec"), made.__dict__)  # noqa: S102 - from our own page
    return made


def test_lines_of_json(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    module("mysite.logs", files_of(PAGE)["mysite/logs.py"], monkeypatch)
    made = module("mysite.settings", one("python", "LOGGING"), monkeypatch)
    config = logging.config.DictConfigurator(made.LOGGING)
    stream = io.StringIO()
    formatter = config.configure_formatter(made.LOGGING["formatters"]["json"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger(*made.LOGGING["loggers"])
    caplog.set_level(made.LOGGING["loggers"][logger.name]["level"], logger.name)
    logger.addHandler(handler)
    try:
        job = jobs.submit(model=AUDIO, input={"file": URL})
    finally:
        logger.removeHandler(handler)
    line = json.loads(stream.getvalue().splitlines()[0])
    assert (
        line.items()
        >= {
            "level": "INFO",
            "job_id": str(job.pk),
            "from_status": "new",
            "to_status": "pending",
            "model": AUDIO,
            "backend": "default",
            "message": f"job {job.pk}: new -> pending ({AUDIO}, backend 'default')",
        }.items()
    )


def test_the_receiver_of_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    text = next(
        block.text for block in blocks(DOCS / "reference/signals.md") if block.language == "python"
    )
    counted = types.SimpleNamespace(incr=lambda name: told.append(name))
    told: list[str] = []
    statsd = types.ModuleType("mysite.statsd")
    statsd.client = counted  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mysite.statsd", statsd)
    made = module("mysite.receivers", text, monkeypatch)
    try:
        jobs.submit(model=AUDIO, input={"file": URL})
    finally:
        status_changed.disconnect(made.count)
    assert told == ["jobs.default.pending"]


def test_each_child_of_a_worker_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the SDK of OpenTelemetry is not installed")
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    class Exporter(MetricExporter):
        def export(self, *args: Any, **kwargs: Any) -> Any:
            return None

        def force_flush(self, timeout_millis: float = 0) -> bool:
            return True

        def shutdown(self, timeout_millis: float = 0, **kwargs: Any) -> None:
            """Nothing to end."""

    http = "opentelemetry.exporter.otlp.proto.http"
    for name in ("opentelemetry.exporter", "opentelemetry.exporter.otlp"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    for name in ("opentelemetry.exporter.otlp.proto", http):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    spans = types.ModuleType(f"{http}.trace_exporter")
    spans.OTLPSpanExporter = InMemorySpanExporter  # type: ignore[attr-defined]
    values = types.ModuleType(f"{http}.metric_exporter")
    values.OTLPMetricExporter = Exporter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, spans.__name__, spans)
    monkeypatch.setitem(sys.modules, values.__name__, values)
    providers: list[Any] = []
    monkeypatch.setattr(trace, "set_tracer_provider", providers.append)
    monkeypatch.setattr(metrics, "set_meter_provider", providers.append)

    made = module("mysite.telemetry", files_of(PAGE)["mysite/telemetry.py"], monkeypatch)
    try:
        worker_process_init.send(sender=None)
    finally:
        worker_process_init.disconnect(made.start)
        for provider in providers:
            provider.shutdown()
    assert [type(provider).__name__ for provider in providers] == [
        "TracerProvider",
        "MeterProvider",
    ]


def test_prometheus_scrapes_the_page(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, client: Client
) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "the-value-of-METRICS_TOKEN")
    readings.forget()
    module("observing_urls", files_of(PAGE)["mysite/urls.py"], monkeypatch)
    settings.ROOT_URLCONF = "observing_urls"
    (job,) = yaml.safe_load(one("yaml", "scrape_configs"))["scrape_configs"]
    credentials = job["authorization"]["credentials"]
    answer = client.get(job["metrics_path"], headers={"Authorization": f"Bearer {credentials}"})
    assert answer.status_code == 200
    told = set(answer.content.decode().split())
    for name in ticked(section(read(PAGE), "Prometheus")):
        if name.startswith("universal_ai_"):
            assert name.partition("{")[0] in told
    assert client.get(job["metrics_path"]).status_code == 403


def test_metrics_are_those_of_the_code() -> None:
    named = {name for row in rows(section(read(PAGE), "Metrics")) for name in ticked(row[0])}
    assert {f"universal_ai.{gauge.name}" for gauge in GAUGES} <= named
    meters = pytest.importorskip("django_universal_ai.telemetry.meters")
    counted = {"universal_ai.jobs", "universal_ai.job.duration", "universal_ai.requests"}
    assert named == counted | {f"universal_ai.{gauge.name}" for gauge in GAUGES}
    code = Path(meters.__file__).read_text()
    told = set(re.findall(r'"(universal_ai\.[a-z.]+)"', code)) - {"universal_ai.telemetry"}
    assert told == counted


def test_health_and_its_probes(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, client: Client
) -> None:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "health_check"]
    module("observing_health", files_of(PAGE)["mysite/health.py"], monkeypatch)
    settings.ROOT_URLCONF = "observing_health"
    web, worker = yaml.safe_load(one("yaml", "containers"))["containers"]
    assert client.get(web["readinessProbe"]["httpGet"]["path"]).status_code == 200
    assert client.get("/health/", {"format": "json"}).status_code == 200
    assert "inspect ping" in worker["livenessProbe"]["exec"]["command"][-1]
    named = {ticked(row[0])[0] for row in rows(section(read(PAGE), "Health"))}
    assert named == {
        name
        for name, value in vars(health).items()
        if isinstance(value, type)
        and issubclass(value, health._Check)
        and value is not health._Check
    }


def test_sentry_leaves_out_what_a_view_holds(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sentry_sdk.get_client()
    given: dict[str, Any] = {}
    with monkeypatch.context() as patch:
        patch.setattr(sentry_sdk, "init", lambda **options: given.update(options))
        module("observing_sentry", one("python", "EventScrubber"), patch)
    client.options["event_scrubber"] = given["event_scrubber"]
    monkeypatch.setattr(telling, "tell_of_new", broken)

    def view(input: dict[str, Any]) -> None:
        UniversalAIJob.objects.submit(model=AUDIO, input=input)

    try:
        view({"file": SIGNED_URL})
    except ZeroDivisionError as error:
        sentry_sdk.capture_exception(error)
    assert "it broke" in wire.text
    assert SIGNATURE not in wire.text
