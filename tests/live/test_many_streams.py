"""Hundreds of connections to one process, by a real server."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.live.host import Host

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STREAMS, JOBS = 200, 100
#: Seconds over which is measured.
SECONDS = 10.0


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.close()


def get(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - a server of this test
        return json.load(answer)


def memory_of(process: int) -> float:
    """What it holds, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)["VmRSS"].split()[0]) / 1024


class Listener:
    """One connection, and what came over it."""

    def __init__(self, address: str, path: str) -> None:
        self._place = urlsplit(address)
        self._path = path
        self.heard: list[dict[str, Any]] = []
        self.begun = asyncio.Event()

    async def listen(self) -> None:
        """Until the server ends it."""
        reader, writer = await asyncio.open_connection(self._place.hostname, self._place.port)
        head = f"GET {self._path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "", ""
        writer.write("\r\n".join(head).encode())
        try:
            async for line in reader:
                if line.startswith(b"data: "):
                    self.heard.append(json.loads(line[6:]))
                    self.begun.set()
        finally:
            writer.close()


def test_two_hundred_cost_a_query_a_second(host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    paths = host.do(
        f"pks = [make('processing', progress=0.1) for _ in range({JOBS})]\n"
        "[url_of(jobs.get(pk=pk), 'events', signed='see') for pk in pks]"
    )

    async def scene(address: str) -> list[Listener]:
        def counted() -> int:
            return int(get(f"{address}/counted/")["queries"])

        process = get(f"{address}/counted/")["process"]
        before = memory_of(process)
        listeners = [Listener(address, paths[n % JOBS]) for n in range(STREAMS)]
        listening = [asyncio.create_task(each.listen()) for each in listeners]
        await asyncio.wait_for(asyncio.gather(*(each.begun.wait() for each in listeners)), 120)
        began, queries = time.monotonic(), counted()
        await asyncio.sleep(SECONDS)
        rate = (counted() - queries) / (time.monotonic() - began)
        more = memory_of(process) - before
        with capsys.disabled():
            sys.stdout.write(f"\n{STREAMS} streams: {rate:.2f} queries/s, {more:.0f} MB more\n")
        assert rate < 1.5
        assert more < 150
        host.do("jobs.update(status='success', finished_at=in_seconds(0))")
        await asyncio.wait_for(asyncio.gather(*listening), 60)
        return listeners

    with host.served("asgi") as address:
        listeners = asyncio.run(scene(address))
    assert all(each.heard[-1]["is_finished"] for each in listeners)
