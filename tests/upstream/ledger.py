"""Every request that arrived, in order, whatever was answered: the evidence of the judge."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Entry:
    """One request. ``at`` is Unix time, ``clock`` is monotonic; both on arrival."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    account: str | None
    #: Names the TCP connection and counts the requests on it, from 1.
    connection: int
    nth: int
    #: Without the bearer token.
    headers: dict[str, str]
    at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    body: Any = None
    #: The status that was sent; ``None`` when no whole head was.
    status: int | None = None
    fault: str | None = None
    public_id: str | None = None
    accepted: bool = False

    @property
    def token(self) -> Any:
        """``user_webhook_parameters`` of a POST."""
        return self.body.get("user_webhook_parameters") if isinstance(self.body, dict) else None


class Ledger:
    """A list of entries that threads append to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def open(self, **values: Any) -> Entry:
        with self._lock:
            entry = Entry(number=len(self._entries), **values)
            self._entries.append(entry)
        return entry

    def requests(self, method: str = "", path: str = "", since: int = 0) -> list[Entry]:
        """The entries from number ``since`` on with this method and this part of a path."""
        with self._lock:
            entries = self._entries[since:]
        return [e for e in entries if method in ("", e.method) and path in e.path]

    def posts(self) -> list[Entry]:
        """The POSTs that made a job, and so were paid for."""
        return [e for e in self.requests("POST") if e.accepted]

    def posts_by_input(self, name: str) -> Counter[Any]:
        """How many paid POSTs carried each value of ``input[name]``: I2 wants no 2."""
        return Counter(e.body["input"].get(name) for e in self.posts())

    def peak(self, account: str, window: float = 1.0) -> int:
        """Most requests of an account in any stretch of ``window`` seconds."""
        return busiest((e.clock for e in self.requests() if e.account == account), window)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def as_json(self, since: int = 0) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.requests(since=since)]


def busiest(clocks: Iterable[float], window: float) -> int:
    """Most values in any half-open stretch of ``window``."""
    times = sorted(clocks)
    best = first = 0
    for last, clock in enumerate(times):
        while times[first] <= clock - window:
            first += 1
        best = max(best, last - first + 1)
    return best
