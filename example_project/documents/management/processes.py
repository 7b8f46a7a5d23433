"""The worker and the web server as child processes that don't outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from django.conf import settings

HOST = "127.0.0.1"
#: Seconds that a process has to end after it was asked to.
PATIENCE = 8.0
#: Seconds that the web server may take until it answers.
START = 30.0


def var_dir() -> Path:
    """Where the example keeps its data."""
    return Path(settings.VAR_DIR)  # type: ignore[misc]  # not in tests.settings, which mypy reads


class StartFailed(Exception):
    """A process ended, or kept silent, when it should have begun to work."""


class Process:
    """A child process, the leader of a group of its own, with its output in ``var/log``."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self.log = var_dir() / "log" / f"{name}.log"
        self._arguments = [sys.executable, "-m", *arguments]
        self._popen: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def is_alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it; its log begins anew."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._popen = self._launch(log)

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own arguments
            self._arguments,
            cwd=settings.BASE_DIR,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def stop(self) -> None:
        """Ask it to end, then make its whole group end."""
        if self._popen is None:
            return
        self._popen.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(PATIENCE)
        finally:  # also when somebody presses Ctrl-C a second time
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
            self._popen = None

    def tail(self, lines: int = 15) -> str:
        """The end of its log, to show what went wrong."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"The end of {self.log}:\n" + "\n".join(text.splitlines()[-lines:])


def _end_with_parent() -> None:
    """Linux: be told to end when the parent dies, also if nobody had time to say so."""
    set_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)


def worker() -> Process:
    """``celery -A example_project worker``, under a name that no other worker has."""
    name = f"example-{os.getpid()}@%h"
    options = ("--hostname", name, "--concurrency", "3", "--loglevel", "INFO")
    return Process("worker", "celery", "-A", "example_project", "worker", *options)


def web(port: int) -> Process:
    """Django's development server."""
    options = ("--noreload", "--skip-checks")
    return Process("web", "django", "runserver", f"{HOST}:{port}", *options)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Whether somebody answers on the port."""
    with socket.socket() as sock:
        return sock.connect_ex((HOST, port)) == 0


def await_port(process: Process, port: int) -> None:
    """Wait until the process answers on the port. Raises :class:`StartFailed`."""
    deadline = time.monotonic() + START
    while not is_taken(port):
        if not process.is_alive or time.monotonic() > deadline:
            raise StartFailed(f"The {process.name} process didn't start. {process.tail()}")
        time.sleep(0.05)


@contextmanager
def terminable() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP are like Ctrl-C, so that children are stopped."""
    wanted = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
