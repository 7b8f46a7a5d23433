"""``python -m benchmarks.upstream``: serves until its standard input ends; prints its URL first."""

from __future__ import annotations

import asyncio
import gc
import sys

from tests.faults.host import lifeline
from tests.upstream.signing import Key

from .service import Service
from .state import State
from .webhooks import Webhooks
from .wire import Connection


async def serve() -> None:
    state, key = State(), Key()
    Webhooks(state, key)
    service = Service(state, key.pem)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(service), "127.0.0.1", 0, backlog=1024, reuse_address=True
    )
    host, port = server.sockets[0].getsockname()
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    # A collection of 100,000 jobs would hold up the answers, and there are no cycles worth it.
    gc.freeze()
    gc.disable()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    lifeline.watch()
    asyncio.run(serve())
