"""Runs a provider in a warm child process, under a time limit and a memory limit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..exceptions import ProviderCrashed, ProviderError, ProviderMissing, ProviderTimeout
from .base import Progress, ProviderRequest, ProviderResult
from .messages import Message, request_to_message, result_from_message
from .pool import POOL
from .process import ChildProcess
from .registry import find, missing

logger = logging.getLogger(__name__)


def run(
    provider_name: str,
    request: ProviderRequest,
    *,
    timeout: float,
    memory_limit: int | None = None,
    on_progress: Progress | None = None,
    on_wait: Callable[[], None] | None = None,
    wait_interval: float = 5.0,
) -> ProviderResult:
    """Run a provider and wait for its result, for at most ``timeout`` seconds.

    ``memory_limit`` is in bytes, for each process of the run; systems other than Linux may not
    keep it.

    ``on_progress`` is told the share that is done, 0..1; ``on_wait`` is called about every
    ``wait_interval`` seconds while the provider works. Both are called in this thread; what they
    raise ends the run at once and comes out of here.

    Raises :class:`~django_universal_ai.exceptions.ProviderError` when the input can't be used,
    and under it ``ProviderMissing``, ``ProviderCrashed``, ``ProviderTimeout`` and
    ``ProviderOutOfMemory``.
    """
    provider = find(provider_name)
    if request.name not in provider.subfeatures:
        raise ProviderError(f"The provider {provider_name!r} doesn't serve {request.name}.")
    if what := missing(provider):
        raise ProviderMissing(what)
    child = POOL.take(provider, memory_limit)
    try:
        child.send(request_to_message(request))
        answer = _wait(child, timeout, on_progress, on_wait, wait_interval)
        if "failed" in answer:
            logger.error("The provider %s failed:\n%s", provider_name, answer["traceback"])
            crash = ProviderCrashed(f"{provider_name} failed: {answer['failed']}")
            raise child.needed_more_memory(answer["failed"]) or crash
    except BaseException:
        POOL.discard(child)
        raise
    POOL.give_back(child)
    if "refused" in answer:
        raise ProviderError(answer["refused"])
    return result_from_message(answer["result"])


def close() -> None:
    """End the child processes that are kept warm; the next run starts a new one."""
    POOL.close()


def _wait(
    child: ChildProcess,
    timeout: float,
    on_progress: Progress | None,
    on_wait: Callable[[], None] | None,
    wait_interval: float,
) -> Message:
    """The message that ends the run."""
    now = time.monotonic()
    deadline, next_wait = now + timeout, now + wait_interval
    while (now := time.monotonic()) < deadline:
        if now >= next_wait:
            next_wait = now + wait_interval
            if on_wait:
                on_wait()
        message = child.receive(min(deadline, next_wait) - now)
        if message and "progress" not in message:
            return message
        if message and on_progress:
            on_progress(message["progress"])
    raise ProviderTimeout(f"{child.name} was stopped after {timeout:g} seconds, its time limit.")
