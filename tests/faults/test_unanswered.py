"""POSTs that the service accepts and never answers."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pytest

from tests.upstream.signing import other_key, service_key

from .conftest import Stages
from .oracle import TERMINAL
from .site import Site, event, forgeries, others_job, settle
from .size import LONG, TIMEOUT, until_done
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

JOBS = 1000 if LONG else 120
LOST = {"kind": "lost", "method": "POST", "path": "async$"}
#: The first, and one in twenty of the others.
UNANSWERED: list[dict[str, Any]] = [LOST, LOST | {"times": 0, "chance": 0.05}]
#: Seconds from a webhook's delivery in which its job is told from all others.
TOLD_WITHIN = 60.0


def test_one_in_twenty_is_never_answered(stages: Stages) -> None:
    """No second POST; uncertain are exactly those, and what the list can tell is found."""
    stage = stages(rate_limit=60)
    for fault in UNANSWERED:
        stage.upstream.fault(**fault)
    stage.submit(JOBS)
    stage.worker()
    stage.await_settled(until_done(JOBS))

    lost = {entry["public_id"] for entry in stage.upstream.posts() if entry["fault"] == "lost"}
    uncertain = {pk for pk, status in stage.statuses().items() if status == "uncertain"}
    assert lost
    verdict = stage.judge()
    assert verdict.most_accepted == 1
    assert len(uncertain) == len(lost)

    stage.upstream.clear_faults()
    stage.database.let_time_pass(100)
    due = (
        "SELECT count(*) FROM universal_ai_universalaijob WHERE status = 'uncertain' AND polls = 0"
    )
    until(lambda: stage.database.value(due) == 0, 60, "the list was read for each of them")
    stage.await_settled(30)
    found = len(lost) - stage.judge().states["uncertain"]
    sys.stdout.write(f"{len(lost)} of {JOBS} unanswered, {found} found again by the list\n")


def test_a_single_one_is_found_by_the_list(stages: Stages) -> None:
    stage = stages()
    stage.upstream.fault(**LOST)
    stage.submit(5)
    stage.worker("-c", "1")
    stage.await_settled(60)
    assert sorted(stage.statuses().values()) == ["success"] * 4 + ["uncertain"]
    stage.database.let_time_pass(100)
    until(lambda: set(stage.statuses().values()) == {"success"}, 30, "it was found again")
    stage.await_settled(30)
    assert stage.judge().most_accepted == 1


def test_webhooks_resolve_each_without_a_person(announced: tuple[Stage, Site]) -> None:
    """The first one waits for its webhook longer than the others, and meets forged ones."""
    stage, site = announced
    for fault in UNANSWERED:
        stage.upstream.fault(**fault)
    (first,) = stage.submit(1, upstream={"seconds": None})
    stage.worker()
    until(lambda: stage.statuses()[first] == "uncertain", 30, "the first one is uncertain")
    (endless,) = stage.upstream.jobs()
    before = stage.job(first)
    forge(stage, site, endless)
    assert stage.job(first) == before
    stage.submit(JOBS - 1)
    stage.upstream.finish(endless["public_id"])
    settle(stage, until_done(JOBS))
    until(lambda: set(stage.statuses().values()) == {"success"}, 60, "all are resolved")
    settle(stage)

    lost = [entry for entry in stage.upstream.posts() if entry["fault"] == "lost"]
    took = [waited(stage, entry["public_id"]) for entry in lost]
    posts = Counter(
        entry["body"]["provider_params"]["serial"]
        for entry in stage.upstream.requests()
        if entry["method"] == "POST"
    )
    verdict = stage.judge()
    sys.stdout.write(
        f"{len(lost)} of {JOBS} unanswered, all resolved by their webhooks, "
        f"the last {max(took):.1f} s after it came\n"
    )
    assert set(posts.values()) == {1}
    assert verdict.most_accepted == 1
    assert verdict.states == {"success": JOBS}
    assert max(took) < TOLD_WITHIN


def forge(stage: Stage, site: Site, endless: dict[str, Any]) -> None:
    """Tell the end of an open job: without its signature, and signed as somebody else's."""
    forged = event(endless, status="success", output={"text": "forged"})
    for mutant, headers in forgeries(forged):
        assert site.post_raw(mutant, headers) in (400, 401, 403)
    made_up = {name: value[::-1] for name, value in forged["user_parameters"].items()}
    assert site.post(forged | {"user_parameters": made_up}, other_key()) == 401
    public_id, others = others_job(stage)
    for parameters in (forged["user_parameters"], made_up, others):
        theirs = forged | {"job_id": public_id, "user_parameters": parameters}
        assert site.post(theirs, service_key()) == 200
    unread = "SELECT count(*) FROM universal_ai_webhookreceipt WHERE reason = ''"
    until(lambda: stage.database.value(unread) == 0, 30, "each of them was worked on")


def waited(stage: Stage, public_id: str) -> float:
    """Seconds from the delivery of a job's webhook until its row had left its POST behind."""
    (delivery,) = (each for each in stage.upstream.webhooks() if each["public_id"] == public_id)
    (row,) = stage.database.rows(
        "SELECT id FROM universal_ai_universalaijob WHERE public_id = %s", public_id
    )
    told = min(
        line["at"]
        for line in stage.lines("journal.jsonl")
        if line["job"] == str(row["id"]) and line["status"] in ("processing", *TERMINAL)
    )
    return float(told - delivery["delivered_at"])
