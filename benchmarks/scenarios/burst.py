"""Many jobs at once and no limit: what a job costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.faults.waiting import until

from ..course import run, say, warm_up
from ..measures import Peak, memory
from ..stage import MODEL, Figures, free_port, stage


@dataclass(frozen=True, slots=True)
class Size:
    jobs: int = 5000
    #: The usual answer is slow; its figures are per job all the same.
    usual_jobs: int = 500
    seconds: float = 10.0
    #: Child processes of a Celery worker.
    processes: int = 2


QUICK = Size(jobs=300, usual_jobs=60, seconds=5)


def usual(size: Size, *, spread: float = 0.0) -> Figures:
    """``spread``: part of the duration by which it varies to either side."""
    title = f"burst: the usual answer, durations +- {spread:.0%}"
    with stage("usual", title) as made:
        made.worker(size.processes)
        web = made.web()
        warm_up(made, web)
        steps = [nth * 7 % 101 / 50 - 1 for nth in range(101)]
        durations = [size.seconds * (1 + spread * step) for step in steps]
        return run(made, web, durations, size.usual_jobs)


def bare(size: Size) -> Figures:
    with stage("app", "burst: bare httpx") as made:
        client = made.bare()
        made.groups.append(client)
        client.call("post", count=16, model=MODEL)
        client.call("get")
        made.upstream.reset()
        made.upstream.configure(durations=[size.seconds])
        with Peak(lambda: memory(made.roots())) as peak:
            begin = made.mark()
            client.call("post", count=size.jobs, model=MODEL)
            until(lambda: not made.upstream.at_work(), size.seconds + 60, "all jobs ended")
            ended = client.call("get")
            assert ended == size.jobs, f"{ended} of {size.jobs} jobs ended"
            figures = made.used_since(begin, size.jobs) | made.requests(size.jobs)
        figures |= {"jobs": size.jobs, "wall": time.time() - begin.at, "peak_mb": peak.value / 1e6}
        for unknown in ("queries", "postgres_ms", "redis_ms"):
            del figures[unknown]
        say(figures)
        return figures


def polling(size: Size) -> Figures:
    with stage("app", "burst: this app, polling") as made:
        made.worker(size.processes)
        web = made.web()
        warm_up(made, web)
        return run(made, web, [size.seconds], size.jobs)


def webhooks(size: Size, *, fetch_cost: bool) -> Figures:
    port = free_port()
    title = f"burst: this app, webhooks, {'with' if fetch_cost else 'without'} costs"
    site = f"http://127.0.0.1:{port}"
    with stage("app", title, webhook_url=site, fetch_cost=fetch_cost) as made:
        made.upstream.configure(webhooks=True)
        made.worker(size.processes)
        made.site(port)
        web = made.web()
        optional = () if fetch_cost else ("costs",)
        warm_up(made, web, optional)
        return run(made, web, [size.seconds], size.jobs, optional=optional)


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {
    "usual": usual,
    # 10 s are a multiple of its pause, which is the best case; durations of real jobs differ.
    "usual+spread": partial(usual, spread=0.1),
    "bare": bare,
    "polling": polling,
    "webhooks": partial(webhooks, fetch_cost=False),
    "webhooks+costs": partial(webhooks, fetch_cost=True),
}
