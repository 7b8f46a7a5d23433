"""Quick starts: a process that has imported what all others need, and forks them.

Most of a worker's start is the import of Celery and Django, two seconds of a core, and the fault
tests start some two hundred processes. What is imported here knows no settings: a process that is
born gets an environment, a process group and standard streams of its own, and then runs its module
as ``python -m`` does.

Nobody reaps what was born before the nursery ends: until then no number of a process, nor of its
group, is given to another.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from .host import lifeline

ROOT = Path(__file__).resolve().parents[2]

#: Without settings, and without a thread.
_IMPORTED = (
    "celery.apps.worker",
    "celery.app.trace",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.fixups.django",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.strategy",
    "django.core.management",
    "django.core.servers.basehttp",
    "django.db.backends.postgresql.base",
    "django.db.models",
    "django.forms",
    "django_universal_ai.contract",
    "environ",
    "httpcore",
    "httpx",
    "kombu.transport.pyamqp",
    "kombu.transport.redis",
    "psycopg",
    "tests.upstream",
)
_LARGEST_ORDER = 2**17


class Nursery:
    """The other end of one."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def start(
        self, module: str, arguments: list[str], environment: dict[str, str], files: list[int]
    ) -> int:
        """Run ``python -m module``, as the leader of a group; gives its process number.

        ``files``: its standard input, output and error, and its lifeline. ``environment`` is added
        to the nursery's own.
        """
        order = {"module": module, "arguments": arguments, "environment": environment}
        socket.send_fds(self._line, [json.dumps(order).encode()], files)
        return int(self._line.recv(32))


@contextmanager
def nursery() -> Iterator[Nursery]:
    """One that takes orders as soon as it has imported what it should."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # Coverage would write a file for each of hundreds of processes, and for killed ones half.
    clean = {name: v for name, v in os.environ.items() if not name.startswith("COVERAGE_")}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery", str(theirs.fileno())],
                cwd=ROOT,
                env=clean,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        try:
            yield Nursery(ours)
        finally:
            ours.close()
            process.wait(timeout=30)


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in _IMPORTED:
        import_module(name)
    while True:
        text, files, _, _ = socket.recv_fds(line, _LARGEST_ORDER, 8)
        if not text:
            return
        born = os.fork()
        if not born:
            line.close()
            _live(json.loads(text), files)
            return
        for each in files:
            os.close(each)
        os.setpgid(born, born)  # nobody may hear of it before that; the child does the same
        line.send(str(born).encode())


def _live(order: dict[str, Any], files: list[int]) -> None:
    """The life of a process that was born."""
    os.setpgid(0, 0)
    *streams, line = files
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    os.environ.update(order["environment"], **{lifeline.VARIABLE: str(line)})
    sys.argv = [order["module"], *order["arguments"]]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
