"""I8: after the load, connections, open files and memory are what they were before it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import Stages
from .size import LONG, TIMEOUT, until_done
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

JOBS = 2000 if LONG else 100
#: Kilobytes that a process may grow by from one load to the next, which is the same.
GROWTH = 20_000
#: Connections to the service that two children may keep alive, eight each.
KEPT = 16
#: Looks and seconds between them, of which the smallest figures count: a pass of the engine, one a
#: second in one of the children, holds a connection while it runs, and nothing else does.
LOOKS, PAUSE = 12, 0.2

BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of a worker and its children together."""

    files: int
    kilobytes: int
    backends: int

    def is_within(self, most: Footprint) -> bool:
        return (
            self.files <= most.files
            and self.kilobytes <= most.kilobytes
            and self.backends <= most.backends
        )


def at_rest(stage: Stage) -> Footprint:
    """The footprint between two passes."""
    looks = []
    for _ in range(LOOKS):
        looks.append(footprint(stage))
        time.sleep(PAUSE)
    return Footprint(
        files=min(look.files for look in looks),
        kilobytes=min(look.kilobytes for look in looks),
        backends=min(look.backends for look in looks),
    )


def footprint(stage: Stage) -> Footprint:
    pids = stage.workers[0].pids()
    return Footprint(
        files=sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        kilobytes=sum(resident(pid) for pid in pids),
        backends=stage.database.value(BACKENDS),
    )


def resident(pid: int) -> int:
    (line,) = (
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    )
    return int(line.split()[1])


def test_what_a_load_took_is_given_back(stages: Stages) -> None:
    """The first load opens and imports what the second one uses again."""
    stage = stages(seconds=0.2, options={"rate_limit": None})
    stage.worker()
    stage.submit(JOBS)
    stage.await_settled(until_done(JOBS))
    before = at_rest(stage)
    processes = stage.workers[0].pids()
    stage.submit(JOBS)
    stage.await_settled(until_done(JOBS))
    most = Footprint(
        files=before.files + KEPT,
        kilobytes=before.kilobytes + GROWTH * len(processes),
        backends=before.backends,
    )
    until(
        lambda: at_rest(stage).is_within(most),
        20,
        f"it is within {most}",
        instead=lambda: at_rest(stage),
    )
    sys.stdout.write(f"before {before}, after {JOBS} jobs {at_rest(stage)}\n")
    assert stage.workers[0].pids() == processes
    stage.judge()
