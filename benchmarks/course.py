"""The course that every contestant runs: warm up, submit, wait until nothing is left to do."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from tests.faults.waiting import until

from .measures import Peak, memory
from .stage import MODEL, WARM_UP_MODEL, Figures, Stage, lag_figures
from .talking import Talker

#: Seconds without any progress after which a run is given up.
PATIENCE = 120.0
WARM_UP_JOBS = 16
WARM_UP_SECONDS = 0.2


def warm_up(stage: Stage, web: Talker, optional: Iterable[str] = ()) -> None:
    """A few jobs through the whole machinery: imports, connections, first pages of memory."""
    stage.upstream.configure(durations=[WARM_UP_SECONDS])
    web.call("submit", count=WARM_UP_JOBS, model=WARM_UP_MODEL)
    await_settled(stage, 0, optional)
    until(lambda: not stage.upstream.at_work(), 60, "all webhooks of the warm-up are told")
    stage.database.execute("TRUNCATE benchmark_stored")
    stage.upstream.reset()


def await_settled(stage: Stage, longest: float, optional: Iterable[str] = ()) -> dict[str, int]:
    """Until there is nothing to do, or nothing moved for two minutes more than ``longest``.

    What is ``optional`` needn't be done. Gives what was left; a job that is left is an error.
    """
    before: dict[str, int] = {}
    moved_at = time.monotonic()
    while True:
        left = {name: n for name, n in stage.unsettled().items() if name not in optional}
        if not any(left.values()):
            return left
        if left != before:
            before, moved_at = left, time.monotonic()
        if time.monotonic() - moved_at > longest + PATIENCE:
            if left["jobs"]:
                raise RuntimeError(f"Nothing moves any more: {left} ({stage.folder})")
            sys.stderr.write(f"    given up on: {left}\n")
            return left
        time.sleep(0.5)


def run(
    stage: Stage,
    web: Talker,
    durations: list[float],
    jobs: int,
    *,
    optional: Iterable[str] = (),
) -> Figures:
    """Submit ``jobs`` at once and measure until all is done."""
    longest = max(durations)
    stage.upstream.configure(durations=durations)
    with Peak(lambda: memory(stage.roots())) as peak:
        begin = stage.mark()
        web.call("submit", count=jobs, model=MODEL)
        submitted_in = web.seconds
        left = await_settled(stage, longest, optional)
        used = stage.used_since(begin, jobs)
    lags = stage.lags()
    stored = stage.database.stored()
    figures: dict[str, Any] = {"jobs": float(jobs), "submit_seconds": submitted_in}
    figures |= stage.requests(jobs) | used | lag_figures(lags)
    figures |= {
        "wall": max(stored.values()) - begin.at,
        "peak_mb": peak.value / 1e6,
        "ended": float(len(lags)),
        "left": float(sum(left.values())),
    }
    say(figures)
    return figures


def say(figures: Figures) -> None:
    """Tell the one who waits how it went."""
    told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    sys.stderr.write(f"    {told}\n")
