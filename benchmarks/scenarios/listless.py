"""A service that has no list of jobs: every look costs a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..course import run, warm_up
from ..durations import MEDIAN, SIGMA, polled_every, stratified
from ..measures import quantile
from ..stage import Figures, Stage, stage
from ..talking import Talker


@dataclass(frozen=True, slots=True)
class Size:
    jobs: int = 200
    #: Of the durations, in seconds. Shorter ones take less time to measure, but the app's ticks
    #: don't shrink with them, so that lags are larger beside the durations.
    median: float = MEDIAN
    sigma: float = SIGMA
    #: Child processes of the Celery worker.
    processes: int = 2


QUICK = Size(jobs=40, median=3.0)
#: Once is enough: the durations are no matter of chance, and it takes as long as the longest.
REPEAT = 1


def polling(size: Size) -> Figures:
    """The same jobs twice: before anything is known of how long they take, and after that."""
    with stage("app", "listless: this app, polling") as made:
        made.worker(size.processes)
        web = made.web()
        warm_up(made, web)
        made.upstream.configure(has_list=False)
        cold = _batch(made, web, size)
        made.upstream.reset()
        made.database.execute("TRUNCATE benchmark_stored")
        learned = _batch(made, web, size)
        return {
            **{f"cold_{name}": value for name, value in cold.items()},
            **{f"learned_{name}": value for name, value in learned.items()},
        }


def _batch(made: Stage, web: Talker, size: Size) -> Figures:
    durations = stratified(size.jobs, size.median, size.sigma)
    figures = run(made, web, durations, size.jobs)
    shares = [lag / duration for duration, lag in made.lags()]
    return figures | {
        "share_p50": quantile(shares, 0.5),
        "share_p95": quantile(shares, 0.95),
    }


def fixed(size: Size) -> Figures:
    """What looking every five seconds needs; computed, not measured."""
    requests, share = polled_every(5.0, stratified(10_000, size.median, size.sigma))
    return {"requests": requests, "share_p95": share}


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {"polling": polling, "fixed": fixed}
