from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.backends.http.clients import Clients
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import OutcomeUnknown
from tests.upstream import Upstream, upstream_process

from .conftest import MakeBackend

ROOT = Path(__file__).resolve().parents[2]

FORK = """
import os, sys
from django_universal_ai.backends.http import HTTPBackend

backend = HTTPBackend("remote", {"api_key": "test-key", "base_url": sys.argv[1]})
backend.list_jobs(page=1)
child = os.fork()
backend.list_jobs(page=2 if child else 3)
if child:
    assert os.waitpid(child, 0)[1] == 0
    if closer := os.fork():
        assert os.waitpid(closer, 0)[1] == 0
        backend.list_jobs(page=4)
backend.close()
"""


def test_a_job_is_posted_over_a_connection_that_nobody_used(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    http.list_jobs()
    http.submit(job_request)
    http.submit(job_request)
    http.list_jobs()
    http.list_jobs()
    entries = upstream.ledger.requests()
    posts = [e for e in entries if e.method == "POST"]
    gets = [e for e in entries if e.method == "GET"]
    assert [e.nth for e in posts] == [1, 1]
    assert len({e.connection for e in posts} | {gets[0].connection}) == 3
    assert [e.nth for e in gets] == [1, 2, 3], "the others share one"


def test_a_kept_connection_that_was_closed_meanwhile_does_no_harm(
    http: HTTPBackend, upstream: Upstream
) -> None:
    http.list_jobs()
    upstream.hang_up_all()
    http.list_jobs()
    assert [e.nth for e in upstream.ledger.requests()] == [1, 1]


def test_nothing_is_sent_again(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    upstream.fault("lost", times=0)
    with pytest.raises(OutcomeUnknown):
        http.submit(job_request)
    with pytest.raises(OutcomeUnknown):
        http.list_jobs()
    assert [e.method for e in upstream.ledger.requests()] == ["POST", "GET"]


def test_a_child_leaves_the_connections_of_its_parent_alone() -> None:
    with upstream_process() as control:
        subprocess.run([sys.executable, "-c", FORK, control.url], check=True, cwd=ROOT, timeout=30)
        entries = {int(e["query"]["page"]): e for e in control.requests()}
    before, parent, child, after = (entries[page]["connection"] for page in (1, 2, 3, 4))
    assert before == parent == after
    assert child != before


def test_threads_share_a_backend(
    make_backend: MakeBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    backend = make_backend()
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(backend.submit, [job_request] * 64))
    assert len({job.public_id for job in jobs}) == len(upstream.ledger.posts()) == 64


def test_close_gives_all_connections_back(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    http.list_jobs()
    http.submit(job_request)
    http.close()
    upstream.wait_until_idle()


def test_the_proxy_of_the_environment_is_used(
    make_backend: MakeBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", upstream.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    backend = make_backend(base_url="http://service.invalid", total_timeout=0.5)
    assert backend.list_jobs().items == []
    upstream.fault("drip", seconds=0.1)
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        backend.list_jobs()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert make_backend().list_jobs().items == []


def test_a_transport_can_stand_in_for_the_network(make_backend: MakeBackend) -> None:
    empty = {"items": [], "total": 0, "page": 1, "limit": 1000, "total_pages": 0}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=empty))
    assert make_backend(transport=transport).list_jobs().total == 0


def test_of_two_threads_that_come_first_one_makes_the_client() -> None:
    made: list[httpx.Client] = []

    def make(limits: httpx.Limits) -> httpx.Client:
        mine = httpx.Client(limits=limits)
        made.append(mine)
        if len(made) == 1:
            clients.get(fresh=False)  # the other one is quicker
        return mine

    clients = Clients(make)
    kept = clients.get(fresh=False)
    assert [client.is_closed for client in made] == [True, False]
    assert kept is clients.get(fresh=False) is made[1]
    clients.close()
