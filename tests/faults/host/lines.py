"""Files that many processes append lines to, whole lines only, however they end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


def folder() -> Path:
    """The folder of this run."""
    return Path(os.environ["UNIVERSAL_AI_TEST_RUN"])


def append(name: str, **values: Any) -> None:
    """Add a line to the file ``name`` of this run; it is there before this returns."""
    line = json.dumps({"at": time.time(), "pid": os.getpid(), **values}, default=str) + "\n"
    # One write to a file opened for appending: nobody's line gets into another's.
    descriptor = os.open(folder() / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
