"""Who moved which job when, from the app's own log."""

from __future__ import annotations

import logging

from . import lines

MOVED = "job %s is %s"


class Journal(logging.Handler):
    """Keeps the line that the app logs after each committed change of a status."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == MOVED and isinstance(record.args, tuple):
            job, status = record.args
            lines.append("journal.jsonl", job=str(job), status=str(status))
