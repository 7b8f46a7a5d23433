"""Ctrl-C and SIGTERM as a wish: what is begun is ended first. The second time they mean it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C or SIGTERM, where this is the main thread."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(*_: Any) -> None:
        stopped.set()
        restore()

    for number in _SIGNALS:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        restore()
