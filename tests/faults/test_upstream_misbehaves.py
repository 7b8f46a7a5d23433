"""A service that refuses, stumbles, lies, and sends what no database can hold."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Stages
from .size import LONG
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(200)]

POST = {"method": "POST", "path": "async$"}
DETAIL = {"method": "GET", "path": "async/"}
HTML = {"body": "<html><h1>Bad Gateway</h1></html>", "content_type": "text/html"}


@pytest.mark.parametrize("form", ["seconds", "date", "body", "none"] if LONG else ["date", "none"])
def test_429_in_each_form_costs_nothing(stages: Stages, form: str) -> None:
    """The gate closes for all; no job is lost, none is sent twice."""
    stage = stages(seconds=0.2)
    for each in (POST, DETAIL, {"method": "GET", "path": "async$"}):
        stage.upstream.fault("rate_limited", form=form, seconds=1, times=1, **each)
    stage.submit(12)
    stage.worker()
    stage.await_settled(60)
    verdict = stage.judge()
    assert verdict.states == {"success": 12}
    assert verdict.accepted == 12


@pytest.mark.parametrize("status", [401, 402, 403] if LONG else [402])
def test_an_account_that_is_refused_for_minutes(stages: Stages, status: int) -> None:
    """Jobs stay as they are, one request a minute asks again, and then all go on."""
    stage = stages(seconds=0.2)
    stage.submit(4)
    worker = stage.worker()
    until(lambda: len(stage.upstream.posts()) == 4, 30, "some are at work")
    stage.upstream.fault("answer", status=status, body={"detail": "no"}, times=0, path="/v3/")
    before = len(stage.upstream.requests())
    stage.submit(10)
    until(lambda: refusal(stage), 30, "the breaker opened")
    for _ in range(2):
        so_far = len(stage.upstream.requests())
        stage.database.let_time_pass(61)
        await_requests(stage, so_far + 1)
    assert len(stage.upstream.requests()) - before <= 16 + 4  # those on the wire, and the probes
    assert not {"fail", "uncertain"} & set(stage.statuses().values())
    stage.upstream.clear_faults()
    stage.database.let_time_pass(61)
    stage.await_settled(60)
    assert stage.judge().states == {"success": 14}
    assert worker.is_alive


def await_requests(stage: Stage, count: int) -> None:
    until(lambda: len(stage.upstream.requests()) >= count, 30, "a probe")


def refusal(stage: Stage) -> str:
    rows = stage.database.rows("SELECT refusal FROM universal_ai_account")
    return "".join(row["refusal"] for row in rows)


def test_answers_that_say_nothing(stages: Stages) -> None:
    """To a GET they are a hiccup. To a POST they are uncertain, accepted or not: never again."""
    stage = stages(seconds=0.2)
    stumbles: list[dict[str, Any]] = [
        {"kind": "answer", "status": 500, **HTML},
        {"kind": "answer", "status": 502, **HTML},
        {"kind": "answer", "status": 503, "carried_out": True},
        {"kind": "answer", "status": 408},
        {"kind": "answer", "status": 200, "carried_out": True, **HTML},
        {"kind": "truncated"},
        {"kind": "reset"},
        {"kind": "lost"},
    ]
    for stumble in stumbles:
        stage.upstream.fault(**stumble, **POST)
        stage.upstream.fault(**stumble, **DETAIL)
    stage.submit(len(stumbles) + 6)
    stage.worker()
    stage.await_settled(60)
    uncertain = frozenset(pk for pk, state in stage.statuses().items() if state == "uncertain")
    assert stage.judge(uncertain=uncertain).states == {"success": 6, "uncertain": len(stumbles)}


def test_answers_that_refuse_the_job_end_it(stages: Stages) -> None:
    stage = stages()
    refusals = [400, 404, 413, 415, 422]
    for status in refusals:
        stage.upstream.fault("answer", status=status, body={"detail": "not this"}, **POST)
    stage.submit(len(refusals) + 1)
    stage.worker("-c", "1")
    stage.await_settled(60)
    verdict = stage.judge(failures=frozenset({"rejected"}))
    assert verdict.states == {"success": 1, "fail": len(refusals)}


def test_a_job_that_is_odd_for_a_while(stages: Stages) -> None:
    """404, a status that nobody knows, JSON that breaks off: the job goes on, and ends well."""
    stage = stages(seconds=2)
    oddities: list[dict[str, Any]] = [
        {"kind": "answer", "status": 404, "body": {"detail": "Job not found"}},
        {"kind": "answer", "patch": {"status": "paused"}},
        {"kind": "truncated"},
        {"kind": "answer", "status": 200, "body": {"public_id": 5}},
    ]
    for odd in oddities:
        stage.upstream.fault(**DETAIL, **odd, times=2)
    stage.submit(3)
    stage.worker("-c", "1")
    stage.await_settled(60)
    assert stage.judge().states == {"success": 3}


def test_jobs_that_never_end_and_results_that_are_gone(stages: Stages) -> None:
    """Each ends here with a reason, in the time that results live."""
    stage = stages()
    (endless,) = stage.submit(1, upstream={"seconds": None})
    (gone,) = stage.submit(1, upstream={"seconds": None})
    stage.worker("-c", "1")
    until(lambda: set(stage.statuses().values()) == {"processing"}, 30, "both are at work")
    public_id = stage.job(gone)["public_id"]
    nobody: dict[str, Any] = {"status": 404, "body": {"detail": "Job not found"}}
    stage.upstream.fault("answer", **nobody, path=public_id, times=0)
    stage.upstream.finish(public_id)
    until(lambda: stage.job(gone)["missing_since"], 60, "it is missed")
    stage.database.let_time_pass(601)
    until(lambda: stage.job(gone)["status"] == "fail", 60, "it is given up")
    stage.database.execute(
        "UPDATE universal_ai_universalaijob SET due_at = now(), "
        "submitted_at = submitted_at - interval '7 days' WHERE id = %s",
        endless,
    )
    until(lambda: stage.job(endless)["status"] == "fail", 60, "it is too old")
    stage.await_settled(30)
    stage.judge(failures=frozenset({"missing", "timeout"}))
    assert stage.job(gone)["error"]["type"] == "missing"
    assert stage.job(endless)["error"]["type"] == "timeout"


def test_outputs_that_no_database_can_hold(stages: Stages) -> None:
    """Each ends its job with a reason; none is asked for again and again."""
    stage = stages()
    poison = [{"text": "nul \x00"}, {"text": "half \ud800"}]
    jobs = stage.submit(len(poison), upstream={"seconds": None})
    stage.worker("-c", "1")
    until(lambda: set(stage.statuses().values()) == {"processing"}, 30, "they are at work")
    for pk, output in zip(jobs, poison, strict=True):
        stage.upstream.finish(stage.job(pk)["public_id"], output=output)
    no_json = '{"status": "success", "cost": NaN}'
    stage.upstream.fault("answer", status=200, body=no_json, **DETAIL)
    stage.submit(3)
    stage.await_settled(60)
    verdict = stage.judge(failures=frozenset({"not_storable"}))
    assert verdict.states == {"success": 3, "fail": len(poison)}
    for pk in jobs:
        assert stage.job(pk)["error"]["type"] == "not_storable"
        assert stage.job(pk)["cost"] is not None
    # One look each, the one that was poisoned again, and a few lists.
    assert verdict.requests < 25
