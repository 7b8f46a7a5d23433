"""What can go wrong with a request, scripted.

A fault picks requests (``method``, ``path``, ``match``, ``times``, ``chance``), says whether they
are carried out, and what becomes of the answer. Everything in it is JSON, so that other processes
can send it.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What becomes of the answer."""

    #: It is replaced by, or patched with, what the fault holds.
    ANSWER = "answer"
    #: It is a 429; ``form`` says how it tells ``seconds``.
    RATE_LIMITED = "rate_limited"
    #: The connection is closed without a word.
    LOST = "lost"
    #: The connection is reset (RST).
    RESET = "reset"
    #: Nothing comes for ``seconds``, then the answer.
    SILENCE = "silence"
    #: Half of the body comes, then the connection closes.
    TRUNCATED = "truncated"
    #: The body comes byte by byte with ``seconds`` between.
    DRIP = "drip"
    #: The head comes byte by byte with ``seconds`` between.
    DRIP_HEAD = "drip_head"
    #: The body is JSON, gzipped from ``size`` bytes to a thousandth, asked for or not.
    GZIP = "gzip"
    #: The body is ``size`` bytes of JSON; with ``seconds`` = 1, its length isn't announced.
    HUGE = "huge"


@dataclass(slots=True)
class Fault:
    """One scripted fault."""

    kind: str
    #: "POST", "GET", "DELETE"; empty: any.
    method: str = ""
    #: A regular expression that is searched for in the path.
    path: str = ""
    #: A text that the raw body of the request holds.
    match: str = ""
    #: How many requests it befalls; 0: all that come.
    times: int = 1
    #: Share of the picked requests that it befalls, by chance.
    chance: float = 1.0
    #: Whether the service does what it was asked for nevertheless. ``None``: as the kind suggests;
    #: an answer with a status, or a 429, means that it didn't.
    carried_out: bool | None = None
    seconds: float = 0.0
    size: int = 64 * 1024**2
    #: For "answer": the status, the body (text, or anything that is sent as JSON), ...
    status: int | None = None
    body: Any = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    #: ... or values that replace those of a JSON answer.
    patch: dict[str, Any] = field(default_factory=dict)
    form: str = "seconds"

    def __post_init__(self) -> None:
        self.kind = Kind(self.kind)
        re.compile(self.path)

    @property
    def is_carried_out(self) -> bool:
        if self.carried_out is not None:
            return self.carried_out
        refuses = self.kind == Kind.ANSWER and self.status is not None
        return not refuses and self.kind != Kind.RATE_LIMITED

    def befalls(self, method: str, path: str, body: bytes) -> bool:
        return (
            self.method in ("", method)
            and re.search(self.path, path) is not None
            and self.match.encode() in body
        )


class Faults:
    """The script: faults in the order in which they are tried, one per request at most."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 - a load pattern, not a secret
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """The fault that befalls this request; used up ones disappear."""
        with self._lock:
            for fault in self._faults:
                if fault.befalls(method, path, body) and self._random.random() < fault.chance:
                    self._use(fault)
                    return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times == 1:
            self._faults = [each for each in self._faults if each is not fault]
        fault.times = max(fault.times - 1, 0)

    def left(self) -> list[Fault]:
        """The faults that still wait for a request."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
