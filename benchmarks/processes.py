"""Processes of a benchmark, each in a group of its own, that end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.faults.host.lifeline import VARIABLE as LIFELINE

ROOT = Path(__file__).resolve().parents[1]


class Group:
    """A process that leads a group, with its output in a file.

    One that ``talks`` is spoken to over its standard input and output.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], log: Path, *, talks: bool = False
    ) -> None:
        self.log = log
        reader, self._lifeline = os.pipe()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=os.environ | environment | {LIFELINE: str(reader)},
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else output,
                stderr=output,
                pass_fds=(reader,),
                process_group=0,
                text=True,
            )
        os.close(reader)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End whatever is left of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(timeout=30)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        os.close(self._lifeline)
