"""A process that does what it is told, line by line: both ends of the conversation.

Each line is ``{"call": NAME, ...arguments}``, the answer ``{"value": ..., "seconds": S}``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from .processes import Group


def obey(calls: Mapping[str, Callable[..., Any]]) -> None:
    """Make the calls that are asked for, until nobody asks any more."""
    known = {"ready": lambda: None, **calls}
    for line in sys.stdin:
        call = json.loads(line)
        began = time.monotonic()
        value = known[call.pop("call")](**call)
        sys.stdout.write(json.dumps({"value": value, "seconds": time.monotonic() - began}) + "\n")
        sys.stdout.flush()


class Talker(Group):
    """The harness's end."""

    #: Seconds that the last call took, in the process.
    seconds = 0.0

    def tell(self, name: str, **arguments: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"call": name, **arguments}) + "\n")
        self.process.stdin.flush()

    def heard(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"The process died: {self.log.read_text()[-3000:]}"
        answer = json.loads(line)
        self.seconds = answer["seconds"]
        return answer["value"]

    def call(self, name: str, **arguments: Any) -> Any:
        self.tell(name, **arguments)
        return self.heard()
