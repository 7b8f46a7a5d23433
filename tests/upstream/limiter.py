"""Requests per second and account, counted over a sliding second."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from email.utils import formatdate
from math import ceil

from .answers import Answer, json_answer


class Limiter:
    """Lets at most ``limit`` requests of an account through in any second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait_for(self, account: str, limit: int | None) -> float:
        """Count a request: 0.0 lets it through, else the seconds until one would pass."""
        if limit is None:
            return 0.0
        now = time.monotonic()
        with self._lock:
            passed = self._passed[account]
            while passed and passed[0] <= now - 1:
                passed.popleft()
            if len(passed) < limit:
                passed.append(now)
                return 0.0
            return passed[0] + 1 - now if passed else 1.0


def too_many_requests(form: str, seconds: float) -> Answer:
    """A 429 that tells ``seconds`` in one of the forms: seconds, date, body, none."""
    data: dict[str, object] = {"detail": "Too many requests"}
    headers = {}
    if form == "seconds":
        headers["Retry-After"] = str(ceil(seconds))
    elif form == "date":
        headers["Retry-After"] = formatdate(ceil(time.time() + seconds), usegmt=True)
    elif form == "body":
        data["retry_after"] = seconds
    elif form != "none":
        raise ValueError(f"no such form of a 429: {form}")
    return json_answer(429, data, headers=headers)
