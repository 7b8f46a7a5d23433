"""One trace per job, from its submission to its signals, across processes and hosts.

The row keeps the trace context of its submission, since messages may be lost and webhooks come from
elsewhere. Each step of the job is a span below it. Spans name the job and who does it, and nothing
that goes in or comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .. import __version__

if TYPE_CHECKING:
    from ..models import UniversalAIJob
    from ..signals import StatusChange

#: What a step is to its neighbours; others are a process's own business.
_KINDS = {
    "submit": SpanKind.PRODUCER,
    "send": SpanKind.CLIENT,
    "upload": SpanKind.CLIENT,
    "look": SpanKind.CLIENT,
    "run": SpanKind.CONSUMER,
    "webhook": SpanKind.CONSUMER,
}
_W3C = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("django_universal_ai", __version__)


def span(step: str, job: UniversalAIJob, **attributes: str) -> AbstractContextManager[None]:
    """A step of a job. Of an exception that ends it, the kind is told, and no word of it."""
    return _span(step, job, attributes)


@contextmanager
def _span(step: str, job: UniversalAIJob, attributes: Mapping[str, str]) -> Iterator[None]:
    context, links = _parent(job.traceparent)
    named = {f"universal_ai.{name}": value for name, value in attributes.items()}
    with _tracer.start_as_current_span(
        f"universal_ai.{step}",
        context=context,
        kind=_KINDS.get(step, SpanKind.INTERNAL),
        attributes={
            "universal_ai.job.id": str(job.pk),
            "universal_ai.model": job.requested_model,
            "universal_ai.backend": job.backend,
            **named,
        },
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def within(step: str, job: UniversalAIJob, call: Callable[[], Any]) -> Callable[[], Any]:
    """``call``, made as this step: perhaps in another thread."""
    return partial(_within, step, job, call)


def _within(step: str, job: UniversalAIJob, call: Callable[[], Any]) -> Any:
    with span(step, job):
        return call()


def _parent(traceparent: str) -> tuple[Context | None, Sequence[Link]]:
    """The job's trace, linked to what runs now; that itself, where it belongs to the job."""
    if not traceparent:
        return None, ()
    context = _W3C.extract({"traceparent": traceparent}, Context())
    submitted = trace.get_current_span(context).get_span_context()
    now = trace.get_current_span().get_span_context()
    if not submitted.is_valid or now.trace_id == submitted.trace_id:
        return None, ()
    return context, (Link(now),) if now.is_valid else ()


def traceparent() -> str:
    """The current span, as the row keeps it; empty where nobody traces."""
    return headers().get("traceparent", "")


def headers() -> dict[str, str]:
    """The current span, as HTTP headers tell it to who is asked."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier


def tell_end(change: StatusChange) -> None:
    """The whole of a job that has just ended, as one span beside those of its steps."""
    if not change.traceparent:
        return
    whole = _tracer.start_span(
        "universal_ai.job",
        context=_W3C.extract({"traceparent": change.traceparent}, Context()),
        attributes={
            "universal_ai.job.id": str(change.job_id),
            "universal_ai.model": change.model,
            "universal_ai.backend": change.backend,
            "universal_ai.provider": change.provider,
            "universal_ai.status": change.after,
        },
        start_time=int(change.requested_at.timestamp() * 1e9),
    )
    if change.after == "fail":
        whole.set_status(Status(StatusCode.ERROR))
    whole.end()
