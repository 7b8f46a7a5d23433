"""What a host project listens to.

Every signal is sent with ``sender=UniversalAIJob``, ``job`` (the row, read afresh) and
``event_id`` (a UUID). Each receiver gets a signal at least once, also across killed workers,
always with the same ``event_id``: a receiver that must act once keeps the ids that it has seen.
Connect receivers in ``AppConfig.ready``, so that they're there in web and worker processes.

:data:`status_changed` is another kind: for logs and metrics, see there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal

from .contract import matches

if TYPE_CHECKING:
    from django.db.models import Model

    from .models import UniversalAIJob

Receiver = Callable[..., Any]
R = TypeVar("R", bound=Receiver)


class JobSignal(Signal):
    """A signal whose receivers can be called one by one, so that each has its own record."""

    def receivers_for(self, sender: Any) -> Iterator[tuple[str, Receiver]]:
        """The connected receivers with a name that is the same in every process."""
        # The one place where Django knows which receivers live; there is no public name for it.
        plain, asynchronous = self._live_receivers(sender)
        seen: Counter[str] = Counter()
        for receiver in (*plain, *map(async_to_sync, asynchronous)):
            name = _name(receiver)
            seen[name] += 1
            yield (name if seen[name] == 1 else f"{name}#{seen[name]}"), receiver


def _name(receiver: Receiver) -> str:
    inner = getattr(receiver, "awaitable", receiver)  # async_to_sync keeps it there
    inner = getattr(inner, "func", inner)  # functools.partial
    kind = type(inner)
    module = getattr(inner, "__module__", None) or kind.__module__
    return f"{module}.{getattr(inner, '__qualname__', kind.__qualname__)}"


#: The service (or an offline provider) has taken the job over.
job_submitted = JobSignal()

#: The job ended well; ``job.result`` holds its output.
job_succeeded = JobSignal()

#: The job ended badly; ``job.error`` says why.
job_failed = JobSignal()

#: A job's status changed just now, in this process. For logs and metrics: sent after the commit,
#: once, with ``change`` (a :class:`StatusChange`) alone, and nowhere kept. A receiver has to be
#: quick; what it raises is logged.
status_changed = Signal()


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What is told of a change of a job's status: nothing that went in or came out."""

    job_id: UUID
    #: The status before; ``None``: the row is new.
    before: str | None
    after: str
    backend: str
    #: The model string that was asked for.
    model: str
    feature: str
    subfeature: str
    #: Who was asked; at the end, who answered.
    provider: str
    requested_at: datetime
    #: W3C's ``traceparent`` of the submission; empty where nobody traces.
    traceparent: str


def on_success(*models: str, about: type[Model] | None = None) -> Callable[[R], R]:
    """Call a function when a job for one of these models ended well.

    ``@on_success("audio/speech_to_text_async")``: a model string, the beginning of one, or a
    pattern such as ``"audio/*/google"``; without any, all jobs. With ``about``, a model class of
    yours, only jobs whose ``content_object`` is one. The function, plain or asynchronous, is
    called as a receiver of :data:`job_succeeded`, which it is. A function may have several of
    these; the same one on the same line counts once, however often its module is loaded.
    """
    return _on(job_succeeded, models, about)


def on_failure(*models: str, about: type[Model] | None = None) -> Callable[[R], R]:
    """The same for jobs that ended badly."""
    return _on(job_failed, models, about)


def _on(signal: JobSignal, models: tuple[str, ...], about: type[Model] | None) -> Callable[[R], R]:
    if not all(isinstance(model, str) for model in models):
        raise TypeError('Name the models: @on_success("ocr/ocr_async"), or @on_success() for all.')

    def concerns(job: UniversalAIJob) -> bool:
        named = not models or any(matches(job.requested_model, model) for model in models)
        return named and (about is None or _is_about(job, about))

    def connect(function: R) -> R:
        @wraps(function)
        def receiver(job: UniversalAIJob, **kwargs: Any) -> None:
            if concerns(job):
                function(job=job, **kwargs)

        @wraps(function)
        async def areceiver(job: UniversalAIJob, **kwargs: Any) -> None:
            if await sync_to_async(concerns)(job):
                await function(job=job, **kwargs)

        listening: Receiver = areceiver if iscoroutinefunction(function) else receiver
        # Strongly: nobody else holds it.
        signal.connect(listening, weak=False, dispatch_uid=(_place(function), models, about))
        return function

    return connect


def _place(function: Receiver) -> tuple[str, int]:
    """The same when its module is loaded again, and only then."""
    code = getattr(unwrap(function), "__code__", None)
    return _name(function), code.co_firstlineno if code else 0


def _is_about(job: UniversalAIJob, model: type[Model]) -> bool:
    from django.contrib.contenttypes.models import ContentType  # signals are there before apps

    return job.content_type_id == ContentType.objects.get_for_model(model).pk
