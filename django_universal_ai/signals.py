"""What a host project listens to.

Every signal is sent with ``sender=UniversalAIJob``, ``job`` (the row, read afresh) and
``event_id`` (a UUID). Each receiver gets a signal at least once, also across killed workers,
always with the same ``event_id``: a receiver that must act once keeps the ids that it has seen.
Connect receivers in ``AppConfig.ready``, so that they're there in web and worker processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from asgiref.sync import async_to_sync
from django.dispatch import Signal

Receiver = Callable[..., Any]


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
