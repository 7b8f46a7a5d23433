"""Counts database queries, in a file per process that the harness adds up."""

from __future__ import annotations

import mmap
import os
import struct
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created

VARIABLE = "BENCHMARK_QUERIES"
_SIZE = 8


class Counter:
    """An execute wrapper. Forked processes count for themselves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._lock = threading.Lock()

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self._pid != os.getpid():
            with self._lock:  # threads begin at once, too
                self._begin()
        struct.pack_into("q", self._memory, 0, next(self._numbers))
        return execute(sql, params, many, context)

    def _begin(self) -> None:
        pid = os.getpid()
        if self._pid == pid:
            return
        self._numbers = count(1)
        path = self._folder / f"queries-{pid}"
        path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)
        self._pid = pid


def install() -> None:
    """Count on every connection of this process."""
    counter = Counter(Path(os.environ[VARIABLE]))

    def wrap(connection: Any, **kwargs: Any) -> None:
        if counter not in connection.execute_wrappers:
            connection.execute_wrappers.append(counter)

    connection_created.connect(wrap, weak=False, dispatch_uid="benchmarks.counting")


def total(folder: Path) -> int:
    """Queries of all processes that count into ``folder``."""
    return sum(struct.unpack("q", path.read_bytes())[0] for path in folder.glob("queries-*"))
