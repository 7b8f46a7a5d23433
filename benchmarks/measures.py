"""What processes used, read from the kernel, and what samples say."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and of its children that ended; 0 when it is gone."""
    with suppress(OSError):
        # The name, in parentheses, may hold spaces and parentheses of its own.
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in after_name[11:15]) / _TICKS
    return 0.0


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, unseen = [], [pid]
    while unseen:
        each = unseen.pop()
        found.append(each)
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                unseen.extend(int(child) for child in children.read_text().split())
    return found


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(status[1])


def cpu(roots: Iterable[int]) -> float:
    """Seconds of CPU of these processes and of all that descend from them."""
    return sum(cpu_of(pid) for root in roots for pid in family(root))


def memory(roots: Iterable[int]) -> int:
    """Bytes that these processes and their descendants hold: pages they share count once (PSS)."""
    return sum(_pss(pid) for root in roots for pid in family(root))


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class Peak:
    """The largest value that ``read`` gave, asked every ``every`` s while the context lasts."""

    def __init__(self, read: Callable[[], int], every: float = 0.5) -> None:
        self.value = 0
        self._read = read
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while True:
            self.value = max(self.value, self._read())
            if self._stopped.wait(self._every):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        self._thread.join()


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least this part of the values doesn't exceed (nearest rank)."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    rank = -(-len(ordered) * part // 1)  # the ceiling
    return ordered[max(0, int(rank) - 1)]
