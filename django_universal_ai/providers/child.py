"""A provider's own process: ``python -m django_universal_ai.providers.child NAME [BYTES]``.

``BYTES`` limits its memory. Where the system knows no such limit, there is none.

Serves one run after the other over standard input and output and stays warm in between, so that
models are loaded once. Ends by itself when nobody needs it: at once when standard input closes
(its worker is gone, even in the middle of a run), and after a while without work.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from typing import BinaryIO

from ..exceptions import ProviderError
from .base import Progress, Provider
from .messages import (
    IDLE_SECONDS,
    Message,
    decode,
    encode,
    request_from_message,
    result_to_message,
)
from .registry import find

#: Smallest rise of the progress that is passed on: a run sends about a hundred at most.
PROGRESS_STEP = 0.01
#: Characters of an unexpected exception that the job's error shows.
FAILURE_CHARACTERS = 300


def main(name: str, memory_limit: int | None = None) -> None:
    """Serve the provider called ``name`` until the worker closes standard input."""
    if memory_limit is not None:
        limit_memory(memory_limit)
    # A Ctrl-C or a service manager's SIGTERM reaches every process of the worker. The worker lets
    # its running jobs end and closes our input when it goes; to obey now would fail the job.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    incoming, outgoing = take_over_pipes()
    requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=watch, args=(incoming, requests), daemon=True).start()
    provider: Provider | None = None
    while True:
        try:
            message = requests.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return
        provider = provider or find(name)()
        say(outgoing, answer(provider, message, report_to(outgoing)))


def limit_memory(size: int) -> None:
    """Let no process of this provider have more than ``size`` bytes of its own.

    Its data, that is. Address space would be a poor measure: OCR that works in 750 MB reserves
    1.7 GB of it.
    """
    import resource  # Windows has none

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def take_over_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Private copies of the two pipes.

    What the provider and its libraries print goes to standard error from here on, and what they
    read from standard input is nothing, so that neither can disturb the conversation.
    """
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return incoming, outgoing


def watch(incoming: BinaryIO, requests: queue.SimpleQueue[Message]) -> None:
    """Hand over requests; when the worker is gone, end this process and all that it started."""
    for line in incoming:
        requests.put(decode(line))
    # Not by sys.exit: the run in the main thread may never return.
    if os.getpid() == os.getpgrp():
        os.killpg(0, signal.SIGKILL)  # pragma: no cover - what was covered dies here too
    os._exit(0)


def say(outgoing: BinaryIO, line: bytes) -> None:
    """Send a line to the worker."""
    outgoing.write(line)
    outgoing.flush()


def report_to(outgoing: BinaryIO) -> Progress:
    """The ``progress`` of one run: held within 0..1, never going back, without tiny steps."""
    reported = 0.0

    def progress(share: float) -> None:
        nonlocal reported
        share = min(share, 1.0)
        if share - reported >= PROGRESS_STEP:
            reported = share
            say(outgoing, encode({"progress": share}))

    return progress


def answer(provider: Provider, message: Message, progress: Progress) -> bytes:
    """Run the provider and return the encoded last message of this run."""
    try:
        result = provider.run(request_from_message(message), progress)
        return encode({"result": result_to_message(result)})
    except ProviderError as error:
        return encode({"refused": str(error)})
    except Exception as error:
        # A bug of the provider or its libraries.
        words = f"{type(error).__name__}: {error}"[:FAILURE_CHARACTERS]
        return encode({"failed": words, "traceback": traceback.format_exc()})


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
