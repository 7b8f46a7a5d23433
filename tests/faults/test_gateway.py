"""The gateway as it is deployed: web and worker processes on one database and one broker."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.upstream.signing import service_key

from .api import MODEL, Api
from .conftest import Stages
from .oracle import TERMINAL
from .processes import Group
from .proxy import free_port
from .site import settle
from .size import CHAOS_OPTIONS, CHAOS_SHORTER, LONG, RECOVERY, TIMEOUT, until_done
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(TIMEOUT)]

CLIENTS = 4
#: Jobs that are asked for while processes are killed.
JOBS = 1000 if LONG else 80
#: Jobs of one project at the gateway of another.
FORWARDED = int(os.environ.get("UNIVERSAL_AI_TEST_FORWARDED", 1000 if LONG else 60))


def test_two_of_each_and_one_of_each_killed(stages: Stages) -> None:
    ports = [free_port(), free_port()]
    hooks = {
        "webhook_url": f"http://127.0.0.1:{ports[1]}",
        "webhook_public_keys": [service_key().pem],
    }
    stage = stages(
        seconds=0.3,
        jitter=0.5,
        fail_rate=0.1,
        options=CHAOS_OPTIONS | hooks,
        shorter=CHAOS_SHORTER,
        sign=service_key().headers,
    )
    webs = [stage.gunicorn(port) for port in ports]
    for _ in range(2):
        stage.worker()
    api = Api(ports, stage.web.call("token", owner="ann"))
    each = JOBS // CLIENTS
    with ThreadPoolExecutor(CLIENTS) as pool:
        for client in range(CLIENTS):
            pool.submit(api.load, client * each, each, 0.02)
        await_accepted(api, JOBS // 4)
        stage.blows.append(webs[0].kill())
        await_accepted(api, JOBS // 2)
        stage.kill_any()
        stage.gunicorn(ports[0])
    settle(stage)
    stage.judge()
    check_accepted(stage, api)


def await_accepted(api: Api, number: int) -> None:
    until(lambda: len(api.accepted) >= number, 60, f"{number} jobs are accepted", every=0.02)


def check_accepted(stage: Stage, api: Api) -> None:
    """What was accepted is there, once, and ended; what nobody answered for, at most once."""
    evidence = stage.evidence()
    rows = {str(row["id"]): row for row in evidence.rows}
    assert len(api.accepted) + len(api.unanswered) == JOBS
    assert len(set(api.accepted.values())) == len(api.accepted)
    assert set(api.accepted.values()) <= rows.keys()
    assert 0 <= len(rows) - len(api.accepted) <= len(api.unanswered)
    for pk, row in rows.items():
        # One that was about to leave when its worker was killed never came to the service.
        assert row["status"] in TERMINAL or not evidence.accepted(row), row
        told = api.job(pk)
        assert told["status"] == (row["status"] if row["status"] in TERMINAL else "processing")
        assert told["output"] == row["output"]


@pytest.mark.timeout(TIMEOUT + FORWARDED)
def test_a_project_is_the_service_of_another(stages: Stages) -> None:
    service = stages(seconds=0.2, jitter=0.3, fail_rate=0.1)
    port = free_port()
    web: Group = service.gunicorn(port)
    service.worker()
    token = service.web.call("token", owner="client")
    options = {"api_key": token, "base_url": f"http://127.0.0.1:{port}"}
    client = stages(options=options)
    client.worker()
    client.submit(FORWARDED, request={"model": MODEL})
    client.await_settled(until_done(FORWARDED), "every job ended at the client")
    assert web.is_alive
    service.await_settled(RECOVERY)
    service.judge()

    here = {row["public_id"]: row for row in client.evidence().rows}
    there = {str(row["id"]): row for row in service.evidence().rows}
    assert here.keys() == there.keys()
    assert len(here) == FORWARDED
    for public_id, row in here.items():
        for name in ("status", "cost", "output", "error", "provider"):
            assert row[name] == there[public_id][name], (public_id, name)
    assert {row["status"] for row in here.values()} <= set(TERMINAL)
    heard = [line["job"] for line in client.lines("receipts.jsonl") if line["kind"] != "submitted"]
    assert sorted(heard) == sorted(str(row["id"]) for row in here.values())
