"""The host's processes: workers and the web, each in a process group of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .host.lifeline import VARIABLE as LIFELINE
from .waiting import until

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Blow:
    """A signal that stopped or ended processes, and when (Unix time)."""

    at: float
    pids: frozenset[int]


class Group:
    """A process that leads a group, with its output in a file; it ends with this process.

    One that ``talks`` is spoken to over its standard input and output.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], log: Path, *, talks: bool = False
    ) -> None:
        self.log = log
        self._is_reaped = False
        reader, self._lifeline = os.pipe()
        # Coverage would write a file for each of hundreds of processes, and for killed ones half.
        clean = {name: v for name, v in os.environ.items() if not name.startswith("COVERAGE_")}
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=clean | environment | {LIFELINE: str(reader)},
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
        # Without reaping it: as long as nobody does, its number and its group's are nobody else's.
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return not self._is_reaped and os.waitid(os.P_PID, self.pid, options) is None

    def pids(self) -> frozenset[int]:
        """The process and its children."""
        return frozenset({self.pid, *self.children()})

    def children(self) -> list[int]:
        with suppress(OSError):
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            return [int(pid) for pid in text.split()]
        return []

    def signal_all(self, number: signal.Signals) -> Blow:
        """Send a signal to the whole group."""
        assert not self._is_reaped
        pids = self.pids()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        return Blow(time.time(), pids)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the first process only, as a service manager does."""
        assert not self._is_reaped
        os.kill(self.pid, number)

    def kill(self) -> Blow:
        """End whatever is left of the group, once: afterwards its number may be another's."""
        blow = self.signal_all(signal.SIGKILL)
        self.process.wait(timeout=30)
        self._is_reaped = True
        return blow

    def kill_child(self, nth: int) -> Blow | None:
        """Kill one of the children only, where there is one."""
        children = self.children()
        if not children:
            return None
        pid = children[nth % len(children)]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return Blow(time.time(), frozenset({pid}))

    def close(self) -> None:
        if not self._is_reaped:
            self.kill()
        os.close(self._lifeline)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


class Worker(Group):
    """``celery worker``."""

    def __init__(
        self, name: str, environment: dict[str, str], log: Path, arguments: tuple[str, ...]
    ) -> None:
        usual = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
        app = ("celery", "-A", "tests.faults.host.celery", "worker", "-n", f"{name}@%h")
        super().__init__(["-m", *app, *usual, *arguments], environment, log)

    def await_ready(self, seconds: float = 60.0) -> None:
        """Until it takes messages."""
        until(
            lambda: " ready." in self.log.read_text() or not self.is_alive,
            seconds,
            f"worker is ready ({self.log})",
        )
        assert self.is_alive, self.log.read_text()[-3000:]


class Web(Group):
    """The host's web process: see :mod:`tests.faults.host.web`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        super().__init__(["-m", "tests.faults.host.web"], environment, log, talks=True)
        #: Seconds that the last call took, in the process.
        self.seconds = 0.0

    def call(self, name: str, **arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"call": name, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"The web process died: {self.log.read_text()[-3000:]}"
        answer = json.loads(line)
        self.seconds = answer["seconds"]
        return answer["value"]
