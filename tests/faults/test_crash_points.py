"""A worker that dies at a named point, and how the job it had in hand may end: exactly so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from .conftest import Stages
from .host.crash_points import VARIABLE
from .processes import Blow
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services]

JOBS = 4
#: The crash comes when the worker is at the point for this time.
NTH = 2

LOCAL: dict[str, Any] = {
    "model": "test/run_async/sleeper",
    "input": {"seconds": 0},
    "files": None,
}


@dataclass(frozen=True, slots=True)
class Point:
    """What is allowed after a crash there: of one job; all others end well, paid once."""

    #: The job's state once the dead worker's leases have run out, and in the end.
    then: str = "success"
    finally_: str = "success"
    posts: int = 1
    #: Uploads beyond one per job.
    uploads: int = 0
    #: Receipts of the job's end; more than one: it was told again, with the same id.
    told: int = 1
    #: Runs of the job in a worker.
    runs: int = 0
    how: dict[str, Any] = field(default_factory=dict)


POINTS = {
    "before_claim": Point(),
    # Nobody can know whether the POST left; the service has no such job, so it stays open.
    "after_claim": Point("uncertain", "uncertain", posts=0, told=0),
    # The service's list has one job too many, and one row of ours fits.
    "after_post": Point("uncertain"),
    "in_store": Point("uncertain"),
    "in_terminal_commit": Point(),
    "after_terminal_commit": Point(),
    "before_settle": Point(told=2),
    "in_upload": Point(uploads=1, how={"file": True}),
    "in_local_run": Point(posts=0, runs=2, how={"request": LOCAL}),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_crash(stages: Stages, point: str) -> None:
    expected = POINTS[point]
    # One request at a time: what was on its way is then one job. An upload that is made so can't
    # renew its lease, which then is as long as uploads may take.
    stage = stages(options={"concurrency": 1, "upload_timeout": 60}, seconds=0.2)
    jobs = stage.submit(JOBS, **expected.how)
    crash(stage, point)

    stage.worker("-c", "1")
    stage.database.let_time_pass(100)  # leases and claims
    await_states(stage, expected.then)
    stage.database.let_time_pass(100)  # the pause before an uncertain job is looked for
    await_states(stage, expected.finally_)

    verdict = stage.judge()
    assert any(is_victim(stage, pk, expected) for pk in jobs)
    figures = Counter(entry["path"] for entry in stage.upstream.requests() if is_post(entry))
    assert verdict.accepted == (0 if expected.runs else JOBS - 1 + expected.posts)
    if expected.uploads:
        assert figures["/v3/upload"] == JOBS + expected.uploads


def crash(stage: Stage, point: str) -> None:
    worker = stage.worker("-c", "1", ready=False, **{VARIABLE: f"{point}:{NTH}"})
    until(lambda: not worker.is_alive, 40, f"the worker died {point}; see {worker.log}")
    (crashed,) = stage.lines("crashes.jsonl")
    stage.blows.append(Blow(crashed["at"], frozenset({crashed["pid"]})))
    stage.workers.remove(worker)


def await_states(stage: Stage, state: str) -> None:
    """All others ended well, one job is in ``state``, and nothing moves any more."""
    wanted = Counter({"success": JOBS - 1}) + Counter({state: 1})
    until(
        lambda: (
            Counter(stage.statuses().values()) == wanted
            and not stage.unsettled()
            and not stage.undelivered()
        ),
        40,
        f"the jobs are {dict(wanted)}",
        instead=stage.in_short,
    )


def is_post(entry: dict[str, Any]) -> bool:
    return bool(entry["method"] == "POST")


def is_victim(stage: Stage, pk: str, expected: Point) -> bool:
    """Whether this is the job that the dead worker had in hand."""
    ends = [
        line
        for line in stage.lines("receipts.jsonl")
        if line["job"] == pk and line["kind"] in ("succeeded", "failed")
    ]
    serial = stage.job(pk)["provider_params"]["serial"]
    runs = [line for line in stage.lines("runs.jsonl") if line["serial"] == serial]
    return len(ends) == expected.told and len(runs) == expected.runs
