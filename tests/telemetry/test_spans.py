"""One trace per job, from the view that asks for it to the receiver that hears of its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pytest_django.live_server_helper import LiveServer

from django_universal_ai import engine, jobs, outbox, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.models import UniversalAIJob
from django_universal_ai.signals import job_succeeded
from django_universal_ai.telemetry import spans
from tests.remote import KEY, Configure
from tests.rows import AUDIO, URL, change, fresh, make_job
from tests.upstream import Upstream
from tests.upstream.signing import service_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The trace in which each receiver of an end was called."""
    traces: list[str] = []

    def receiver(**kwargs: Any) -> None:
        traces.append(trace_id(trace.get_current_span().get_span_context()))

    job_succeeded.connect(receiver)
    yield traces
    job_succeeded.disconnect(receiver)


def trace_id(context: Any) -> str:
    return trace.format_trace_id(context.trace_id)


def of(job: UniversalAIJob, traced: InMemorySpanExporter) -> list[ReadableSpan]:
    return [
        span
        for span in traced.get_finished_spans()
        if (span.attributes or {}).get("universal_ai.job.id") == str(job.pk)
    ]


def names(found: list[ReadableSpan]) -> set[str]:
    return {span.name.removeprefix("universal_ai.") for span in found}


def test_from_a_view_to_the_receiver_of_a_webhooks_end(
    configure: Configure,
    live_server: LiveServer,
    signing: Upstream,
    provider: TracerProvider,
    traced: InMemorySpanExporter,
    heard: list[str],
) -> None:
    configure(webhook_url=live_server.url, webhook_public_keys=[service_key().pem])
    signing.settings.seconds = float("inf")
    with provider.get_tracer("host").start_as_current_span("POST /documents") as view:
        job = jobs.submit(model=AUDIO, input={"file": URL})
    tasks.submit_job(str(job.pk))  # as a worker does, which knows nothing of the view
    signing.jobs.finish(signing.jobs.all()[-1].public_id)
    ends_at = time.monotonic() + 10
    while not any(d.attempts for d in signing.webhooks.deliveries):
        assert time.monotonic() < ends_at, "the webhook didn't come"
        time.sleep(0.01)
    engine.advance()

    assert fresh(job).status == "success"
    found = of(job, traced)
    assert names(found) == {"submit", "send", "webhook", "signal", "job"}
    mine = trace_id(view.get_span_context())
    assert {trace_id(span.context) for span in found} == {mine}
    assert heard == [mine]
    (submit,) = (span for span in found if span.name == "universal_ai.submit")
    assert submit.parent is not None
    assert submit.parent.span_id == view.get_span_context().span_id
    assert fresh(job).traceparent.split("-")[2] == trace.format_span_id(submit.context.span_id)
    below = {span.parent.span_id for span in found if span is not submit and span.parent}
    assert below == {submit.context.span_id}


def test_the_service_is_told_the_trace(
    remote: BaseBackend, upstream: Upstream, traced: InMemorySpanExporter
) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    engine.send(job)
    (post,) = upstream.ledger.posts()
    headers = {name.lower(): value for name, value in post.headers.items()}
    (send,) = (span for span in of(job, traced) if span.name == "universal_ai.send")
    assert send.context is not None
    assert headers["traceparent"].split("-")[1:3] == [
        trace_id(send.context),
        trace.format_span_id(send.context.span_id),
    ]


def test_nobody_is_told_where_nobody_traces(remote: BaseBackend, upstream: Upstream) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    engine.send(job)
    (post,) = upstream.ledger.posts()
    assert "traceparent" not in {name.lower() for name in post.headers}
    assert fresh(job).traceparent == ""


def test_many_jobs_have_a_trace_each(traced: InMemorySpanExporter) -> None:
    made = jobs.submit_many([{"model": AUDIO, "input": {"file": URL}}] * 2)
    traces = {fresh(job).traceparent.split("-")[1] for job in made}
    assert len(traces) == 2


def test_what_runs_when_a_step_begins_is_linked(
    provider: TracerProvider, traced: InMemorySpanExporter
) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    with provider.get_tracer("celery").start_as_current_span("run/advance_jobs") as task:
        outbox.deliver_due(job)
        with spans.span("signal", job):
            pass
    step = of(job, traced)[-1]
    assert [link.context.span_id for link in step.links] == [task.get_span_context().span_id]
    assert trace_id(step.context) != trace_id(task.get_span_context())


def test_a_step_within_a_step_is_below_it(traced: InMemorySpanExporter) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    with spans.span("webhook", job), spans.span("signal", job):
        pass
    signal, webhook = of(job, traced)[1:]
    assert signal.parent is not None
    assert webhook.context is not None
    assert signal.parent.span_id == webhook.context.span_id


@pytest.mark.parametrize("kept", ["", "no trace", "00-0-0-00"])
def test_a_row_without_a_usable_trace(kept: str, traced: InMemorySpanExporter) -> None:
    job = make_job("processing", traceparent=kept)
    with spans.span("look", job):
        pass
    (span,) = of(job, traced)
    assert (span.parent, span.kind) == (None, SpanKind.CLIENT)


def test_an_error_is_told_by_its_kind_and_by_no_word(
    remote: BaseBackend, upstream: Upstream, traced: InMemorySpanExporter
) -> None:
    upstream.fault("answer", method="POST", status=400, body={"detail": "No."})
    job = jobs.submit(model=AUDIO, input={"file": f"{URL}?X-Amz-Signature=very-secret"})
    engine.send(job)
    assert fresh(job).status == "fail"
    found = {span.name: span for span in of(job, traced)}
    send, whole = found["universal_ai.send"], found["universal_ai.job"]
    assert (send.attributes or {})["error.type"] == "Rejected"
    assert send.status.status_code == whole.status.status_code == StatusCode.ERROR
    told = "".join(span.to_json() for span in traced.get_finished_spans())
    for secret in (KEY, "very-secret", "files.example"):
        assert secret not in told


def test_the_span_of_the_whole_job_is_as_long_as_it(traced: InMemorySpanExporter) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    change(job, status="uncertain")
    assert jobs.give_up(job, "Nobody knows.")
    (whole,) = (span for span in of(job, traced) if span.name == "universal_ai.job")
    assert whole.start_time == int(job.requested_at.timestamp() * 1e9)
    assert (whole.attributes or {})["universal_ai.status"] == "fail"


def test_looks_runs_and_refreshes_are_steps(
    remote: BaseBackend, upstream: Upstream, traced: InMemorySpanExporter
) -> None:
    upstream.settings.seconds = float("inf")
    job = jobs.submit(model=AUDIO, input={"file": URL})
    engine.send(job)
    engine.look(fresh(job))
    local = make_job(requested_model="ocr/ocr_async/rapidocr", backend="local", input={})
    engine.run(local)
    assert Counter(span.name for span in of(job, traced))["universal_ai.look"] == 1
    assert "run" in names(of(local, traced))


def test_a_host_without_a_sdk_has_nothing_of_it(client: Client, remote: BaseBackend) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    with spans.span("look", job):
        assert spans.headers() == {}
