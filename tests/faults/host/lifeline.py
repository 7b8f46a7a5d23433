"""A process of a test never outlives the test, however that one ended."""

from __future__ import annotations

import os
import signal
import threading

#: The file descriptor of a pipe whose other end the test holds.
VARIABLE = "UNIVERSAL_AI_TEST_LIFELINE"


def watch() -> None:
    """Kill this process group when the pipe ends."""
    if descriptor := os.environ.pop(VARIABLE, ""):
        threading.Thread(target=_wait, args=(int(descriptor),), daemon=True).start()


def _wait(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os.killpg(0, signal.SIGKILL)
