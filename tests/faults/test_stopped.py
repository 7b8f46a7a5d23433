"""A process that is stopped past its lease, and then goes on as if nothing had been."""

from __future__ import annotations

import signal
import sys

import pytest

from .conftest import Stages
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services]

#: Longer than leases last; to the database only.
PAST_THE_LEASE = 100.0


def test_a_sender_that_slept_is_answered_late(stages: Stages) -> None:
    """Its job is uncertain meanwhile; nobody else has resolved it, so the answer is taken."""
    stage = stages(seconds=0.2)
    stage.upstream.fault("silence", method="POST", path="async$", seconds=2)
    (pk,) = stage.submit(1)
    sleeper = stage.worker("-c", "1")
    until(lambda: stage.upstream.posts(), 30, "the POST is on the wire")
    stage.blows.append(sleeper.signal_all(signal.SIGSTOP))
    stage.database.let_time_pass(PAST_THE_LEASE)
    other = stage.worker("-c", "1")
    until(lambda: stage.statuses()[pk] == "uncertain", 30, "its lease was seen to have ended")
    sleeper.signal_all(signal.SIGCONT)
    stage.kill(other)
    until(lambda: stage.statuses()[pk] == "success", 30, "its answer is taken")
    stage.await_settled(30)
    stage.judge()


def test_a_sender_that_slept_loses_to_who_found_its_job(stages: Stages) -> None:
    stage = stages(seconds=0.2)
    stage.upstream.fault("silence", method="POST", path="async$", seconds=2)
    (pk,) = stage.submit(1)
    sleeper = stage.worker("-c", "1")
    until(lambda: stage.upstream.posts(), 30, "the POST is on the wire")
    stage.blows.append(sleeper.signal_all(signal.SIGSTOP))
    stage.database.let_time_pass(PAST_THE_LEASE)
    stage.worker("-c", "1")
    until(lambda: stage.statuses()[pk] == "uncertain", 30, "its lease was seen to have ended")
    stage.database.let_time_pass(PAST_THE_LEASE)
    until(lambda: stage.statuses()[pk] == "success", 30, "the list told which job it is")
    before = stage.job(pk)
    sleeper.signal_all(signal.SIGCONT)
    until(lambda: "succeeded in" in sleeper.log.read_text(), 30, "the sleeper's task ended")
    stage.await_settled(30)
    assert stage.job(pk) == before
    stage.judge()


def test_a_run_that_slept_loses(stages: Stages) -> None:
    """The job was given to another, whose result counts."""
    stage = stages()
    request = {"model": "test/run_async/sleeper", "input": {"seconds": 1}, "files": None}
    (pk,) = stage.submit(1, request=request)
    sleeper = stage.worker("-c", "1")
    until(lambda: stage.lines("runs.jsonl"), 30, "it runs")
    stage.blows.append(sleeper.signal_all(signal.SIGSTOP))
    stage.database.let_time_pass(PAST_THE_LEASE)
    stage.worker("-c", "1")
    until(lambda: stage.statuses()[pk] == "success", 60, "another did it", instead=stage.in_short)
    before = stage.job(pk)
    sleeper.signal_all(signal.SIGCONT)
    until(lambda: "succeeded in" in sleeper.log.read_text(), 30, "the sleeper's run ended")
    stage.await_settled(30)
    assert stage.job(pk) == before
    first, second = stage.lines("runs.jsonl")
    assert before["output"] == {"run": second["run"]}
    assert first["pid"] != second["pid"]
    stage.judge()


def test_an_upload_that_takes_long_keeps_its_lease(stages: Stages) -> None:
    """And one whose process was killed is begun anew within seconds, not when it times out."""
    shorter = {
        "django_universal_ai.engine.sending.HOLD": 2.0,
        "django_universal_ai.engine.flight.TEND_EVERY": 0.5,
    }
    stage = stages(seconds=0.2, shorter=shorter)
    stage.upstream.fault("silence", path="upload$", seconds=5)
    stage.submit(1, file=True)
    stage.worker("-c", "1")
    stage.worker("-c", "1")
    stage.await_settled(60)
    paths = [entry["path"] for entry in stage.upstream.requests() if entry["method"] == "POST"]
    sys.stdout.write(f"{paths}\n")
    assert len(paths) == 2  # one upload, one job
    stage.judge()


def test_a_killed_upload_is_begun_anew(stages: Stages) -> None:
    stage = stages(seconds=0.2)
    stage.upstream.fault("silence", path="upload$", seconds=60)
    stage.submit(1, file=True)
    worker = stage.worker("-c", "1")
    until(lambda: stage.upstream.requests(), 30, "the file goes up")
    stage.kill(worker)
    stage.worker("-c", "1")
    stage.database.let_time_pass(35)  # the lease, which nobody renews
    stage.await_settled(30)
    stage.judge()
