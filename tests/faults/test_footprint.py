"""I8: after the load, connections, open files and memory are what they were before it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import Stages
from .size import LONG
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(300)]

JOBS = 2000 if LONG else 200
#: Kilobytes that a process may grow by; each has seen every code path before.
GROWTH = 20_000
#: Connections to the service that two children may keep alive, eight each.
KEPT = 16

BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Of a worker and its children together."""

    files: int
    kilobytes: int
    backends: int


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
    stage = stages(seconds=0.2, options={"rate_limit": None})
    stage.worker()
    stage.submit(50)
    stage.await_settled(60)
    before = footprint(stage)
    stage.submit(JOBS)
    stage.await_settled(200)
    until(
        lambda: (
            footprint(stage).files <= before.files + KEPT
            and footprint(stage).backends <= before.backends
        ),
        20,
        f"connections and files are given back: before {before}",
        instead=lambda: footprint(stage),
    )
    after = footprint(stage)
    sys.stdout.write(f"before {before}, after {JOBS} jobs {after}\n")
    assert after.kilobytes < before.kilobytes + GROWTH * len(stage.workers[0].pids())
    stage.judge()
