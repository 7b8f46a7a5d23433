"""The provider processes of this process, kept warm between runs."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import defaultdict

from .base import Provider
from .messages import IDLE_SECONDS
from .process import ChildProcess

#: Runs after which a child is replaced, so that what its libraries leak is given back.
RUNS_PER_CHILD = 100
#: A child that has been idle this long is about to end by itself: it isn't used again.
IDLE_LIMIT = IDLE_SECONDS - 60.0


class Pool:
    """Children by provider, each used by one run at a time. Thread-safe, and safe to fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: set[ChildProcess] = set()
        #: By provider and memory limit.
        self._idle: dict[tuple[str, int | None], list[ChildProcess]] = defaultdict(list)

    def take(self, provider: type[Provider], memory_limit: int | None = None) -> ChildProcess:
        """A child that nobody else uses: an idle one, or a new one."""
        while child := self._take_idle(provider.name, memory_limit):
            if child.alive and time.monotonic() - child.idle_since < IDLE_LIMIT:
                return child
            self.discard(child)
        child = ChildProcess(provider.name, provider.environment, memory_limit)
        with self._lock:
            self._children.add(child)
        return child

    def give_back(self, child: ChildProcess) -> None:
        """Keep a child that ended its run well for the next one."""
        child.runs += 1
        child.idle_since = time.monotonic()
        if child.runs >= RUNS_PER_CHILD:
            self.discard(child)
            return
        with self._lock:
            self._idle[child.name, child.memory_limit].append(child)

    def discard(self, child: ChildProcess) -> None:
        """End a child."""
        with self._lock:
            self._children.discard(child)
        child.kill()

    def close(self) -> None:
        """End every child, busy ones too."""
        with self._lock:
            children, self._children = self._children, set()
            self._idle.clear()
        for child in children:
            child.kill()

    def after_fork(self) -> None:
        """In a forked process: start anew, and let the children see when their parent ends."""
        # The parent's lock may have been held by another thread at that moment: take a new one.
        self._lock = threading.Lock()
        for child in self._children:
            child.abandon()
        self._children.clear()
        self._idle.clear()

    def _take_idle(self, name: str, memory_limit: int | None) -> ChildProcess | None:
        with self._lock:
            idle = self._idle[name, memory_limit]
            return idle.pop() if idle else None


POOL = Pool()
atexit.register(POOL.close)
os.register_at_fork(after_in_child=POOL.after_fork)
