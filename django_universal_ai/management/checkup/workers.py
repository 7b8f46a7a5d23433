"""Those who do the work: the broker that wakes them, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator

from celery import current_app
from django.utils import timezone
from django.utils.timesince import timesince

from ... import waking
from ...models import Status, UniversalAIJob
from .line import Line, Mark, one_line

#: Seconds that a broker, and then its workers, have to answer: a black hole mustn't hang us.
_PATIENCE, _CALL = 5, 1.0
#: Brokers over which all workers can be asked; with others, the question would stay behind.
_CAN_ASK = {"amqp", "redis"}
#: Seconds that a job may be due before somebody should have seen it.
_OVERDUE = 120.0
_START = "Start one: celery -A PROJECT worker; without Celery: manage.py universal_ai run."


def lines() -> Iterator[Line]:
    answer, answering = _broker(asks_workers=True)
    yield answer
    yield overdue() or _workers(answering)


def broker() -> Line:
    """Whether the broker answers."""
    return _broker(asks_workers=False)[0]


def overdue() -> Line | None:
    """The job that should have been looked at by now, if there is one."""
    late = UniversalAIJob.objects.unfinished().due().exclude(status=Status.UNCERTAIN)
    due_at = late.order_by("due_at").values_list("due_at", flat=True).first()
    if due_at is None or (timezone.now() - due_at).total_seconds() <= _OVERDUE:
        return None
    said = f"a job is due for {timesince(due_at)}. Is a worker running?"
    return Line(Mark.LOOK, "worker", said, _START)


def _broker(*, asks_workers: bool) -> tuple[Line, int | None]:
    answering: int | None = None
    if not waking.has_broker():
        said = "there is none; manage.py universal_ai run needs none"
        return Line(Mark.NOTE, "broker", said), None
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=_PATIENCE)
            if asks_workers and connection.transport.driver_type in _CAN_ASK:
                answering = len(current_app.control.inspect(timeout=_CALL).ping() or ())
    except Exception as error:  # every broker has its own
        said = one_line(error)
        way_out = "Jobs move all the same, a little later."
        return Line(Mark.LOOK, "broker", said, way_out), None
    kind = current_app.connection_for_write().transport_cls
    return Line(Mark.OK, "broker", f"{kind} answers"), answering


def _workers(answering: int | None) -> Line:
    if answering:
        return Line(Mark.OK, "worker", f"{answering} answer, and nothing is overdue")
    if answering == 0:
        said = "no Celery worker answers; nothing is overdue"
        return Line(Mark.NOTE, "worker", said, _START)
    return Line(Mark.OK, "worker", "nothing is overdue")
