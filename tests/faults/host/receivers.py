"""The host's receivers: the one that notes every signal, and those that misbehave.

A job whose ``metadata`` holds ``{"receiver": "raise"}`` (or hang, kill, once) makes the second
receiver do that.
"""

from __future__ import annotations

import os
import signal as os_signal
import time
from typing import Any

from django_universal_ai import signals
from django_universal_ai.models import UniversalAIJob

from . import lines
from .digests import digest

_KINDS = {
    "submitted": signals.job_submitted,
    "succeeded": signals.job_succeeded,
    "failed": signals.job_failed,
}


def connect() -> None:
    """Both receivers hear all three signals; the rogue is called first."""
    for each in _KINDS.values():
        each.connect(rogue, dispatch_uid="faults.rogue")
        each.connect(note, dispatch_uid="faults.note")


def note(signal: Any, job: UniversalAIJob, event_id: Any, **kwargs: Any) -> None:
    _write("note", signal, job, event_id)


def rogue(signal: Any, job: UniversalAIJob, event_id: Any, **kwargs: Any) -> None:
    habit = job.metadata.get("receiver")
    if habit is None or signal is signals.job_submitted:
        return
    _write(habit, signal, job, event_id)
    if habit == "raise" or (habit == "once" and _is_first(job)):
        raise ValueError("a receiver's own trouble")
    if habit == "hang":
        time.sleep(3600)
    if habit == "kill":
        os.kill(os.getpid(), os_signal.SIGKILL)


def _write(receiver: str, signal: Any, job: UniversalAIJob, event_id: Any) -> None:
    kind = next(name for name, each in _KINDS.items() if each is signal)
    lines.append(
        "receipts.jsonl",
        receiver=receiver,
        kind=kind,
        job=str(job.pk),
        event_id=str(event_id),
        status=job.status,
        output=digest(job.output),
    )


def _is_first(job: UniversalAIJob) -> bool:
    return sum(str(job.pk) in line for line in _receipts() if '"once"' in line) == 1


def _receipts() -> list[str]:
    return (lines.folder() / "receipts.jsonl").read_text().splitlines()
