"""Who moved which job when, from the app's own log."""

from __future__ import annotations

import logging

from . import lines


class Journal(logging.Handler):
    """Keeps the line that the app logs after each committed change of a status."""

    def emit(self, record: logging.LogRecord) -> None:
        if job := getattr(record, "job_id", None):
            lines.append("journal.jsonl", job=job, status=getattr(record, "to_status", ""))
