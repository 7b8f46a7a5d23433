"""An account that allows ten requests a second: how near the wall time comes to the least."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..course import run, warm_up
from ..stage import Figures, stage


@dataclass(frozen=True, slots=True)
class Size:
    jobs: int = 300
    seconds: float = 30.0
    #: Requests per second that the account allows.
    rate: int = 10
    #: Child processes of a Celery worker.
    processes: int = 2
    #: Workers where several share the account.
    workers: int = 4


QUICK = Size(jobs=50, seconds=5.0)


def floor(jobs: int, seconds: float, rate: float) -> float:
    """The least wall time, in seconds: two requests per job, and the last job must run.

    Whichever takes longer: all requests at the rate, or all POSTs at it and then the last job.
    """
    return max(2 * jobs / rate, jobs / rate + seconds)


def usual(size: Size) -> Figures:
    with stage("usual", "limited: the usual answer") as made:
        made.worker(size.processes)
        web = made.web()
        warm_up(made, web)
        made.upstream.configure(rate_limit=size.rate)
        figures = run(made, web, [size.seconds], size.jobs)
        return figures | {"floor": floor(size.jobs, size.seconds, size.rate)}


def polling(
    size: Size, *, workers: int | None = None, share: float = 1.0, told: bool = False
) -> Figures:
    """``share``: the part of the account that isn't taken by another app; ``told``: we know it."""
    workers = workers or size.workers
    title = f"limited: this app, {workers} workers, {share:.0%} of the account, told: {told}"
    rate = size.rate * share if told else size.rate
    with stage("app", title, rate_limit=rate) as made:
        for _ in range(workers):
            made.worker(size.processes)
        web = made.web()
        warm_up(made, web)
        made.upstream.configure(rate_limit=size.rate)
        if share < 1:
            other = made.bare("another-app")
            other.tell("pace", rate=size.rate * (1 - share))
        figures = run(made, web, [size.seconds], size.jobs)
        others = made.upstream.counts("another-app")
        return figures | {
            "floor": floor(size.jobs, size.seconds, size.rate * share),
            "others": float(sum(others.values())),
            "others_refused": float(sum(n for name, n in others.items() if name.endswith("429"))),
        }


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {
    "usual": usual,
    "polling": partial(polling, workers=1),
    "several workers": polling,
    "half the account": partial(polling, workers=1, share=0.5),
    "half the account told": partial(polling, workers=1, share=0.5, told=True),
}
