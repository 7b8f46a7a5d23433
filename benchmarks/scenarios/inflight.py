"""Jobs at work that don't end: what it costs to keep an eye on them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..course import say, warm_up
from ..measures import Peak, cpu, memory
from ..stage import MODEL, TOKEN, Figures, Stage, stage
from ..talking import Talker

#: Share of a core, and seconds, below which a worker counts as done with a sweep.
QUIET_SHARE, QUIET_SECONDS = 0.1, 3
#: Seconds that one round of sweeps may take.
LONGEST = 600.0
#: Age of the jobs in minutes: too old for quick looks, too young to be given up.
AGE = 10.0


@dataclass(frozen=True, slots=True)
class Size:
    smallest: int = 1000
    middle: int = 10_000
    largest: int = 100_000
    #: Sweeps that are measured for each number of jobs.
    sweeps: int = 3
    #: Seconds for which the worker is watched at the smallest number.
    idle_seconds: float = 60.0
    #: Child processes of the Celery worker.
    processes: int = 2


QUICK = Size(middle=2000, largest=3000, sweeps=1, idle_seconds=20.0)


def polling(size: Size) -> Figures:
    """All in one life of a worker, so that its memory tells what is kept."""
    with stage("app", "inflight: this app, polling") as made:
        worker = made.worker(size.processes)
        web = made.web()
        warm_up(made, web)
        figures: Figures = {}
        there = 0
        for wanted in (size.smallest, size.middle, size.largest):
            made.upstream.fill(TOKEN, wanted - there, MODEL)
            web.call("fill", first=there, count=wanted - there, model=MODEL, minutes=AGE)
            made.database.execute("ANALYZE")
            there = wanted
            _sweep(made, web, worker.pid)  # the first one also takes in that there are more
            with Peak(lambda: memory([worker.pid]), every=0.25) as peak:
                rounds = [_sweep(made, web, worker.pid) for _ in range(size.sweeps)]
            sweeps = sum(each["sweeps"] for each in rounds)
            figures |= {
                f"requests_{wanted}": sum(each["requests"] for each in rounds) / sweeps,
                f"cpu_ms_{wanted}": sum(each["cpu"] for each in rounds) / sweeps * 1000,
                f"worker_mb_{wanted}": peak.value / 1e6,
            }
            if wanted == size.smallest:
                figures["idle_percent"] = _idle(worker.pid, size.idle_seconds)
        say(figures)
        return figures


def _sweep(made: Stage, web: Talker, pid: int) -> Figures:
    """Let every job be due, and measure until the worker has nothing more to do about it."""
    lists_before = len(made.upstream.lists())
    asked = made.upstream.counts(TOKEN)
    began, used_before = time.monotonic(), cpu([pid])
    web.call("make_due")
    # What was asked and used when something last happened, and the CPU at the look before.
    done, used, last, quiet = asked, used_before, used_before, 0
    while quiet < QUIET_SECONDS or done == asked:
        if time.monotonic() - began > LONGEST:
            raise RuntimeError(f"No sweep ended in {LONGEST:g} s ({made.folder})")
        time.sleep(1)
        now, used_now = made.upstream.counts(TOKEN), cpu([pid])
        if now != done or used_now - last > QUIET_SHARE:
            done, used, quiet = now, used_now, 0
        else:
            quiet += 1
        last = used_now
    lists = made.upstream.lists()[lists_before:]
    requests = sum(done.values()) - sum(asked.values())
    return {
        "requests": float(requests),
        "sweeps": float(sum(page == 1 for _, page in lists) or 1),
        "cpu": used - used_before,
    }


def _idle(pid: int, seconds: float) -> float:
    """Percent of a core that the worker uses when nobody does anything."""
    before = cpu([pid])
    time.sleep(seconds)
    return (cpu([pid]) - before) / seconds * 100


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {"polling": polling}
