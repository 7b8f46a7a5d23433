"""The line in the log for each change of a job's status."""

from __future__ import annotations

import logging
from typing import Any

from .signals import StatusChange, status_changed

logger = logging.getLogger("django_universal_ai")


def install() -> None:
    """Log through the signal that a project's own receivers may use, too."""
    status_changed.connect(_log, dispatch_uid="universal_ai.logs")


def _log(change: StatusChange, **kwargs: Any) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    job_id, before = str(change.job_id), change.before or "new"
    logger.info(
        "job %s: %s -> %s (%s, backend %r)",
        job_id,
        before,
        change.after,
        change.model,
        change.backend,
        extra={
            "job_id": job_id,
            "from_status": before,
            "to_status": change.after,
            "model": change.model,
            "backend": change.backend,
        },
    )
