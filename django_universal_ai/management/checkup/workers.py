"""Those who do the work: the broker that wakes them, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator

from celery import current_app
from django.utils import timezone
from django.utils.timesince import timesince

from ... import waking
from ...models import Status, UniversalAIJob
from .line import Line, Mark

#: Seconds that a broker, and then its workers, have to answer: a black hole mustn't hang us.
_PATIENCE, _CALL = 5, 1.0
#: Brokers over which all workers can be asked; with others, the question would stay behind.
_CAN_ASK = {"amqp", "redis"}
#: Seconds that a job may be due before somebody should have seen it.
_OVERDUE = 120.0


def lines() -> Iterator[Line]:
    yield from _with_broker() if waking.has_broker() else _without()


def _without() -> Iterator[Line]:
    yield Line(Mark.NOTE, "broker", "there is none; manage.py universal_ai run needs none")
    yield from _workers(None)


def _with_broker() -> Iterator[Line]:
    answering: int | None = None
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=_PATIENCE)
            if connection.transport.driver_type in _CAN_ASK:
                answering = len(current_app.control.inspect(timeout=_CALL).ping() or ())
    except Exception as error:  # every broker has its own
        said = " ".join(str(error).split())[:300]
        yield Line(Mark.LOOK, "broker", said, "Jobs move all the same, a little later.")
    else:
        kind = current_app.connection_for_write().transport_cls
        yield Line(Mark.OK, "broker", f"{kind} answers")
    yield from _workers(answering)


def _workers(answering: int | None) -> Iterator[Line]:
    start = "Start one: celery -A PROJECT worker; without Celery: manage.py universal_ai run."
    late = UniversalAIJob.objects.unfinished().due().exclude(status=Status.UNCERTAIN)
    due_at = late.order_by("due_at").values_list("due_at", flat=True).first()
    if due_at and (timezone.now() - due_at).total_seconds() > _OVERDUE:
        said = f"a job is due for {timesince(due_at)}. Is a worker running?"
        yield Line(Mark.LOOK, "worker", said, start)
    elif answering:
        yield Line(Mark.OK, "worker", f"{answering} answer, and nothing is overdue")
    elif answering == 0:
        yield Line(Mark.NOTE, "worker", "no Celery worker answers; nothing is overdue", start)
    else:
        yield Line(Mark.OK, "worker", "nothing is overdue")
