"""Named points at which a worker dies, whole process group and all.

``UNIVERSAL_AI_TEST_CRASH_AT="after_post:3"`` kills it when it comes to that point for the third
time. The product knows nothing of this: the functions around the points are wrapped here.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django_universal_ai import jobs, outbox
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.jobs import writer
from django_universal_ai.models import EventKind, JobEvent
from django_universal_ai.models.database import on_commit

from . import lines
from .crash_points import VARIABLE
from .local import SleepingBackend

_ENDS = {EventKind.SUCCEEDED, EventKind.FAILED}
Reach = Callable[[], None]


def before_claim(reach: Reach) -> None:
    _wrap(jobs, "begin_submission", before=lambda *args: reach())


def after_claim(reach: Reach) -> None:
    _wrap(jobs, "begin_submission", after=lambda ticket: reach() if ticket else None)


def after_post(reach: Reach) -> None:
    _wrap(HTTPBackend, "submit", after=lambda response: reach())


def in_store(reach: Reach) -> None:
    """The transaction that stores the 202 has done its work and isn't committed."""
    _in_transaction({EventKind.SUBMITTED}, reach)


def in_terminal_commit(reach: Reach) -> None:
    _in_transaction(_ENDS, reach)


def after_terminal_commit(reach: Reach) -> None:
    _in_transaction(_ENDS, partial(on_commit, reach))


def before_settle(reach: Reach) -> None:
    """Every receiver got the signal, and nobody wrote that down."""

    def count(events: list[JobEvent]) -> None:
        for event in events:
            if event.kind in _ENDS:
                reach()

    _wrap(outbox, "_settle", before=lambda event, *rest: count([event]))
    _wrap(outbox, "_settle_all", before=count)


def in_upload(reach: Reach) -> None:
    """The service has the file, and its id is nowhere."""
    _wrap(HTTPBackend, "upload", after=lambda info: reach())


def in_local_run(reach: Reach) -> None:
    _wrap(SleepingBackend, "run", after=lambda response: reach())


POINTS: dict[str, Callable[[Reach], None]] = {
    point.__name__: point
    for point in (
        before_claim,
        after_claim,
        after_post,
        in_store,
        in_terminal_commit,
        after_terminal_commit,
        before_settle,
        in_upload,
        in_local_run,
    )
}


def arm() -> None:
    """Set the trap that the environment names."""
    name, _, nth = os.environ.get(VARIABLE, "").partition(":")
    if not name:
        return
    left = [int(nth or 1)]
    lock = threading.Lock()

    def reach() -> None:
        with lock:
            left[0] -= 1
            if left[0] == 0:
                lines.append("crashes.jsonl", point=name)
                os.killpg(0, signal.SIGKILL)

    POINTS[name](reach)


def _wrap(
    owner: Any,
    name: str,
    *,
    before: Callable[..., object] = lambda *args: None,
    after: Callable[[Any], object] = lambda result: None,
) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        before(*args)
        result = real(*args, **kwargs)
        after(result)
        return result

    setattr(owner, name, wrapped)


def _in_transaction(kinds: set[EventKind], reach: Reach) -> None:
    # Events are written near the end of a transaction, after all its moves.
    owner: Any = writer
    real = owner.insert_rows

    def insert_rows(events: Sequence[Any]) -> None:
        real(events)
        for event in events:
            if event.kind in kinds:
                reach()

    owner.insert_rows = insert_rows
