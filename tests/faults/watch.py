"""Eyes on the database while a test runs: what must not be there for even a moment."""

from __future__ import annotations

import threading
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from .postgres import Database

PAUSE = 0.3

_ENDED = """
    SELECT id, status, finished_at, md5(coalesce(output::text, '')) AS output,
           md5(coalesce(error::text, '')) AS error
    FROM universal_ai_universalaijob WHERE status IN ('success', 'fail')
"""
_ODD = """
    SELECT id, status FROM universal_ai_universalaijob
    WHERE status NOT IN ('success', 'fail') AND due_at IS NULL
"""
# Of a process that was killed or stopped, PostgreSQL hears late or never: `client_port` tells.
_IDLE = """
    SELECT pid, extract(epoch FROM clock_timestamp() - state_change)::float AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
"""


class Watch:
    """Looks every :data:`PAUSE` seconds, in a thread, over one connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        #: The end of each job as it was first seen.
        self.first_ends: dict[str, dict[str, Any]] = {}
        #: Unfinished rows without a due time.
        self.odd_rows: list[str] = []
        #: Seconds that a transaction was seen to sit idle at the most.
        self.longest_transaction = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE):
            try:
                with psycopg.connect(
                    self._database.url, autocommit=True, row_factory=dict_row
                ) as connection:
                    while not self._stopped.wait(PAUSE):
                        self._look(connection)
            except psycopg.OperationalError:
                continue  # a test that ends backends ends this one, too

    def _look(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        for row in connection.execute(_ENDED):
            self.first_ends.setdefault(str(row["id"]), row)
        self.odd_rows += [f"{row['id']} ({row['status']})" for row in connection.execute(_ODD)]
        for row in connection.execute(_IDLE):
            self.longest_transaction = max(self.longest_transaction, row["seconds"])
