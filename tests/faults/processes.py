"""The host's processes: workers and the web, each in a process group of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .nursery import Nursery
from .waiting import until


@dataclass(frozen=True, slots=True)
class Blow:
    """A signal that stopped or ended processes, and when (Unix time)."""

    at: float
    pids: frozenset[int]


class Group:
    """A process that leads a group, with its output in a file; it ends with this process.

    ``talk`` is the descriptor of a socket that it has for its standard input and output.
    """

    def __init__(
        self,
        nursery: Nursery,
        module: str,
        arguments: list[str],
        environment: dict[str, str],
        log: Path,
        *,
        talk: int | None = None,
    ) -> None:
        self.log = log
        reader, self._lifeline = os.pipe()
        with log.open("ab") as output, open(os.devnull) as nothing:
            written = output.fileno()
            streams = (nothing.fileno(), written) if talk is None else (talk, talk)
            files = [*streams, written, reader]
            self.pid = nursery.start(module, arguments, environment, files)
        os.close(reader)

    @property
    def is_alive(self) -> bool:
        # The nursery doesn't reap it: its number and its group's are nobody else's.
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] not in "ZX"

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
        pids = self.pids()
        os.killpg(self.pid, number)
        return Blow(time.time(), pids)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the first process only, as a service manager does."""
        os.kill(self.pid, number)

    def kill(self) -> Blow:
        """End whatever is left of the group."""
        blow = self.signal_all(signal.SIGKILL)
        until(lambda: not self.is_alive, 30, f"process {self.pid} is dead", every=0.01)
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
        self.kill()
        os.close(self._lifeline)


class Worker(Group):
    """``celery worker``."""

    def __init__(
        self,
        nursery: Nursery,
        name: str,
        environment: dict[str, str],
        log: Path,
        arguments: tuple[str, ...],
    ) -> None:
        app = ["-A", "tests.faults.host.celery", "worker", "-n", f"{name}@%h"]
        usual = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        super().__init__(nursery, "celery", [*app, *usual, *arguments], environment, log)

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

    def __init__(self, nursery: Nursery, environment: dict[str, str], log: Path) -> None:
        ours, theirs = socket.socketpair()
        self._talk = ours.makefile("rw")
        ours.close()  # once the file is
        with theirs:
            module = "tests.faults.host.web"
            super().__init__(nursery, module, [], environment, log, talk=theirs.fileno())
        #: Seconds that the last call took, in the process.
        self.seconds = 0.0

    def call(self, name: str, **arguments: Any) -> Any:
        self._talk.write(json.dumps({"call": name, **arguments}) + "\n")
        self._talk.flush()
        line = self._talk.readline()
        assert line, f"The web process died: {self.log.read_text()[-3000:]}"
        answer = json.loads(line)
        self.seconds = answer["seconds"]
        return answer["value"]

    def close(self) -> None:
        super().close()
        self._talk.close()
