"""The judge is judged: one good run, and each way in which it could be bad."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from .host.digests import digest
from .oracle import Broken, Evidence, judge
from .processes import Blow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARAMS: dict[str, Any] = {"provider_params": {"serial": 7}}
OUTPUT = {"text": "hello"}


def a_good_run() -> Evidence:
    """One job that ended well."""
    row: dict[str, Any] = {
        "id": "job",
        "backend": "default",
        "status": "success",
        "public_id": "there",
    }
    row |= {"cost": Decimal("0.5"), "output": OUTPUT, "error": None, "finished_at": NOW}
    row |= {"due_at": None, "note": "", "posted_at": NOW, **PARAMS}
    told: dict[str, Any] = {
        "job": "job",
        "receiver": "note",
        "status": "success",
        "output": digest(OUTPUT),
    }
    event: dict[str, Any] = {"job_id": "job", "delivered_at": NOW, "receipts": {}}
    post: dict[str, Any] = {
        "method": "POST",
        "number": 0,
        "body": PARAMS,
        "accepted": True,
        "clock": 0.0,
    }
    there: dict[str, Any] = {
        "public_id": "there",
        "status": "success",
        "output": OUTPUT,
        "body": PARAMS,
    }
    return Evidence(
        rows=[row],
        events=[event | {"id": 1, "kind": "submitted"}, event | {"id": 2, "kind": "succeeded"}],
        receipts=[
            told | {"event_id": "1", "kind": "submitted"},
            told | {"event_id": "2", "kind": "succeeded"},
        ],
        journal=[{"job": "job", "status": "submitting", "pid": 5, "at": NOW.timestamp()}],
        requests=[post | {"fault": None, "status": 202}],
        upstream_jobs=[there | {"ending": {"cost": "0.5"}}],
        blows=[],
        first_ends={"job": {"status": "success", "finished_at": NOW}},
        odd_rows=[],
        longest_transaction=0.0,
        rate_limit=1,
        secret="sk-secret",
        written={"worker.log": b"nothing"},
    )


def uncertain(run: Evidence) -> None:
    """The sender of the job was lost."""
    run.rows[0] |= {"status": "uncertain", "public_id": None, "due_at": NOW}
    run.events, run.receipts, run.first_ends = [], [], {}


def test_a_good_run_is_good() -> None:
    verdict = judge(a_good_run())
    assert (verdict.jobs, verdict.accepted, verdict.cost) == (1, 1, Decimal("0.5"))
    assert str(verdict).startswith("1 jobs (1 success); 1 requests, 1 accepted POSTs")


def paid_twice(run: Evidence) -> None:
    run.posts[7] *= 2


def two_ends(run: Evidence) -> None:
    run.events.append(run.events[1] | {"id": 3, "kind": "failed"})


def changed_end(run: Evidence) -> None:
    run.first_ends["job"]["status"] = "fail"


def told_with_two_ids(run: Evidence) -> None:
    run.receipts.append(run.receipts[1] | {"event_id": "9"})


def too_fast(run: Evidence) -> None:
    run.requests.append(run.requests[0] | {"method": "GET", "accepted": False, "clock": 0.5})


def key_in_log(run: Evidence) -> None:
    run.written["worker.log"] += run.secret.encode()


BAD: dict[str, tuple[Callable[[Evidence], Any], str]] = {
    "unfinished": (lambda run: run.rows[0].update(status="pending"), "I1 one end: job job is pend"),
    "two ends": (two_ends, "I1 one end"),
    "changed": (changed_end, "I1 one end: job job ended with status fail"),
    "another end there": (lambda run: run.upstream_jobs[0].update(status="fail"), "I1 the service"),
    "paid twice": (paid_twice, "I2 paid once: job job was paid 2 times"),
    "never paid": (lambda run: run.posts.clear(), "I2 paid once: job job is a success that"),
    "uncertain for nothing": (uncertain, "I2 uncertain: job job is uncertain"),
    "not told": (lambda run: run.receipts.pop(), "I3 told"),
    "told with two ids": (told_with_two_ids, "I3 told"),
    "not delivered": (lambda run: run.events[1].update(delivered_at=None), "I3 told: event 2"),
    "no due time": (lambda run: run.odd_rows.append("job (pending)"), "I4 due"),
    "too fast": (too_fast, "I5 limit: 2 requests in one second"),
    "another cost": (lambda run: run.rows[0].update(cost=Decimal(1)), "I6 bill"),
    "long transaction": (lambda run: setattr(run, "longest_transaction", 9.0), "I7 transactions"),
    "key in a log": (key_in_log, "I9 secrets: the key of the account stands in worker.log"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_run_is_found_out(name: str) -> None:
    spoil, words = BAD[name]
    run = a_good_run()
    spoil(run)
    with pytest.raises(Broken, match=words.replace("(", r"\(")):
        judge(run)


def test_uncertain_is_excused_by_a_kill_of_its_sender_only() -> None:
    run = a_good_run()
    uncertain(run)
    at = NOW.timestamp()
    run.blows = [Blow(at + 1, frozenset({6})), Blow(at + 60, frozenset({5}))]
    with pytest.raises(Broken):
        judge(run)
    run.blows.append(Blow(at + 1, frozenset({5})))
    assert judge(run).states == {"uncertain": 1}


def test_an_unanswered_post_excuses_it_too() -> None:
    run = a_good_run()
    uncertain(run)
    run.requests[0]["fault"] = "lost"
    assert judge(run).most_accepted == 1
