"""Telling receivers of ended jobs: signed, over a connection each, up to three retries."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import orjson

from tests.upstream.signing import Key

from .state import Job, State

#: Deliveries under way at once.
WIDTH = 16
RETRIES = 3
PAUSE = 1.0
_CANONICAL = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


class Webhooks:
    """Delivers what ``state`` says has ended, while the settings want it."""

    def __init__(self, state: State, key: Key) -> None:
        self._state = state
        self._key = key
        self._room = asyncio.Semaphore(WIDTH)
        self._tasks: set[asyncio.Task[None]] = set()
        state.on_end = self.announce

    def announce(self, job: Job) -> None:
        url = job.body.get("webhook_receiver")
        if self._state.settings.webhooks and url:
            task = asyncio.get_running_loop().create_task(self._deliver(job, url))
            self._tasks.add(task)
            task.add_done_callback(self._arrived)
            self._state.delivering = len(self._tasks)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._state.delivering = len(self._tasks)

    async def _deliver(self, job: Job, url: str) -> None:
        event = job.event()
        signature = self._key.sign(orjson.dumps(event, option=_CANONICAL))
        for _ in range(1 + RETRIES):
            async with self._room:
                status = await self._attempt(url, orjson.dumps(event), signature)
            self._state.counts[f"{job.client} WEBHOOK {status}"] += 1
            if 0 < status < 500:
                return
            await asyncio.sleep(PAUSE)

    async def _attempt(self, url: str, body: bytes, signature: str) -> int:
        """The status of the answer; 0 when there was none."""
        parts = urlsplit(url)
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
            "User-Agent: EdenAI/Ai-Features\r\nContent-Type: application/json\r\n"
            "X-Edenai-Webhook: true\r\nX-Edenai-Hash-Algorithm: SHA256\r\n"
            f"X-Edenai-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError, TimeoutError, ValueError, IndexError):
            async with asyncio.timeout(30):
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
                try:
                    writer.write(head.encode() + body)
                    return int((await reader.read()).split(b" ", 2)[1])
                finally:
                    writer.close()
        return 0
