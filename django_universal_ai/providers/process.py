"""A worker's end of one provider process: start it, talk to it, end it."""

from __future__ import annotations

import io
import logging
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from typing import IO, cast

from ..exceptions import ProviderCrashed, ProviderError, ProviderOutOfMemory
from .messages import Message, decode, encode

logger = logging.getLogger(__name__)

#: Environment variables that a provider has no business to see, by their names.
SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL|DSN|_URL$", re.IGNORECASE)
CHILD = "django_universal_ai.providers.child"
#: What is said by those who get no more memory: Python, C++, ONNX Runtime, NumPy, the C library.
NO_MEMORY = re.compile(
    r"MemoryError|bad[_ ]?alloc|(failed|unable|cannot|can't) to? ?allocate|out of memory",
    re.IGNORECASE,
)
#: Lines of standard error that are kept for the log of a crash.
STDERR_LINES = 20
#: Characters of the last such line that the error's message shows.
MESSAGE_CHARACTERS = 200
#: How long a process whose pipes are closed may take to end.
EXIT_SECONDS = 1.0


class ChildProcess:
    """A running ``child.py``. Used by one thread at a time."""

    def __init__(
        self, name: str, environment: Collection[str] = (), memory_limit: int | None = None
    ) -> None:
        self.name = name
        self.memory_limit = memory_limit
        self.runs = 0
        self.idle_since = time.monotonic()
        limits = [] if memory_limit is None else [str(memory_limit)]
        # -P: the working directory isn't put on the path unless the worker has it there.
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", CHILD, name, *limits],
            bufsize=0,
            env=child_environment(environment),
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr_reader.start()
        threading.Thread(target=self._read_messages, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs.

        It isn't reaped by this: until then its id is nobody else's, and :meth:`kill` can end what
        it started.
        """
        if self._process.returncode is not None:
            return False
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._process.poll() is None  # pragma: no cover
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None

    def send(self, message: Message) -> None:
        """Hand over a message. A child that is gone shows when its answer is awaited."""
        rest = memoryview(encode(message))
        with suppress(BrokenPipeError):
            while rest:
                rest = rest[pipe(self._process.stdin).write(rest) :]

    def receive(self, timeout: float) -> Message | None:
        """The next message, or ``None`` after ``timeout`` seconds without one.

        Raises :class:`~django_universal_ai.exceptions.ProviderCrashed` when the child is gone,
        ``ProviderOutOfMemory`` where its last words say so.
        """
        try:
            message = self._messages.get(timeout=max(timeout, 0.0))
        except queue.Empty:
            return None
        if message is None:
            raise self._crash()
        return message

    def kill(self) -> None:
        """End the process and all that it started, now."""
        # Once it has been waited for, its id may be anybody's.
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        pipe(self._process.stdin).close()

    def abandon(self) -> None:
        """In a forked process: close the inherited pipes; the child stays its parent's."""
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe(stream).close()

    def _read_messages(self) -> None:
        with io.BufferedReader(pipe(self._process.stdout)) as lines:
            for line in lines:
                # A process that was killed may leave half a line.
                with suppress(ValueError):
                    self._messages.put(decode(line))
        self._messages.put(None)

    def _read_stderr(self) -> None:
        with io.BufferedReader(pipe(self._process.stderr)) as lines:
            for line in lines:
                text = line.decode(errors="replace").rstrip()
                logger.debug("%s (process %d): %s", self.name, self.pid, text)
                self._stderr.append(text)

    def needed_more_memory(self, words: str) -> ProviderOutOfMemory | None:
        """The error for a run that ended with these words, if they tell of its memory limit."""
        if self.memory_limit is None or not NO_MEMORY.search(words):
            return None
        megabytes = f"{self.memory_limit / 1024**2:.0f} MB"
        return ProviderOutOfMemory(
            f"{self.name} was stopped: it needed more than {megabytes}, its memory limit."
        )

    def _crash(self) -> ProviderError:
        # Its pipes close a moment before it ends: give it time to leave its own exit code.
        ends_at = time.monotonic() + EXIT_SECONDS
        while self.alive and time.monotonic() < ends_at:
            time.sleep(0.01)
        self.kill()
        self._stderr_reader.join(EXIT_SECONDS)
        said = list(self._stderr)
        how = describe_exit(self._process.returncode)
        logger.error("The process %d of %s %s:\n%s", self.pid, self.name, how, "\n".join(said))
        if error := self.needed_more_memory("\n".join(said)):
            return error
        last = next((line for line in reversed(said) if line), "")[:MESSAGE_CHARACTERS]
        return ProviderCrashed(f"{self.name}'s process {how}" + (f": {last}" if last else "."))


def child_environment(keep: Collection[str] = ()) -> dict[str, str]:
    """This process's environment without secrets, and with its import path.

    ``keep`` names variables that are passed on although they look like secrets.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in keep or not SECRET_NAME.search(name)
    }
    environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    return environment


def describe_exit(code: int) -> str:
    """How a process ended, from its return code, as the end of a sentence."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


def pipe(stream: IO[bytes] | None) -> io.FileIO:
    """The raw pipe, which ``Popen`` types as optional and buffered; ours are neither."""
    return cast("io.FileIO", stream)
