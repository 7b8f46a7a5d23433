"""Telling workers that there is something to do, so that they needn't find out by themselves.

A message is a hint and never the truth: the row is its own queue entry, and a worker finds it
without. So a broker that is down costs a few seconds and no error reaches the caller.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app

logger = logging.getLogger("django_universal_ai")

SUBMIT = "django_universal_ai.tasks.submit_job"
APPLY = "django_universal_ai.tasks.apply_webhook"
ADVANCE = "django_universal_ai.tasks.advance_jobs"

#: Seconds for which a process leaves a broker alone that didn't take a message. Finding out takes
#: seconds, and a view waits for it: one of many may, not each.
LEAVE_ALONE = 15.0
_left_alone_until = 0.0
#: Jobs of a second that this process tells of. Workers that hear of so many are awake and find the
#: others within a second, together, at less cost.
TOLD_A_SECOND = 20
_second = 0.0
_told = 0
#: Seconds for which one message about webhooks is enough.
QUIET = 1.0
_quiet_until: dict[str, float] = {}
#: Whether no broker is to be asked.
_is_hushed = False


def submit(job_id: uuid.UUID, queue: str | None = None) -> bool:
    """Ask a worker to send (or run) this job now. Says whether the broker took the message.

    Of the project's own queue, which is for jobs that go to a service, one message asks for many.
    """
    if queue is None and _is_enough():
        return False
    return _send(SUBMIT, [str(job_id)], queue)


def _is_enough() -> bool:
    """Whether workers were told of enough jobs in this second; eager tasks are no messages."""
    global _second, _told
    if current_app.conf.task_always_eager:
        return False
    now = time.monotonic()
    if now - _second >= 1:
        _second, _told = now, 0
    _told += 1
    return _told > TOLD_A_SECOND


def apply_webhook(receipt_id: int) -> bool:
    """Ask a worker to act on a webhook that came in; of many at once, for the first one.

    A worker that is awake finds the others by itself.
    """
    return _send_one(APPLY, [str(receipt_id)])


def rouse(task: str) -> bool:
    """Ask a worker for a task of another app that moves whatever is due; one message for many."""
    return _send_one(task, [])


def advance() -> bool:
    """Ask a worker to move whatever is due."""
    return _send(ADVANCE, [], None)


@contextmanager
def hushed() -> Iterator[None]:
    """Ask no broker meanwhile: in tests, where none may be. Eager tasks run nonetheless."""
    global _is_hushed
    before, _is_hushed = _is_hushed, True
    try:
        yield
    finally:
        _is_hushed = before


def _send_one(name: str, args: list[str]) -> bool:
    if time.monotonic() < _quiet_until.get(name, 0.0):
        return False
    _quiet_until[name] = time.monotonic() + QUIET
    return _send(name, args, None)


def has_broker() -> bool:
    """Whether the project has a Celery app, or names a broker: without either, there is none.

    Celery's stand-in for an app would go looking for a RabbitMQ on this machine.
    """
    conf = current_app.conf
    return current_app.main != "default" or bool(conf.broker_url or conf.broker_write_url)


def _send(name: str, args: list[str], queue: str | None) -> bool:
    global _left_alone_until
    if time.monotonic() < _left_alone_until or not has_broker():
        return False
    if _is_hushed and not current_app.conf.task_always_eager:
        return False
    options: dict[str, Any] = {"queue": queue} if queue else {}
    try:
        # By name: tasks are made of jobs, so jobs can't import them.
        current_app.signature(name, args=args).apply_async(
            ignore_result=True, retry=False, **options
        )
    except Exception as error:  # every broker has its own
        logger.warning("The broker didn't take %s: %s. A worker will find the job.", name, error)
        _left_alone_until = time.monotonic() + LEAVE_ALONE
        return False
    return True
