"""POSTs that fail: which are made again, and when."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from django_universal_ai import engine, jobs, limits, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.contract import JobRequest, JobResponse
from django_universal_ai.models import Account, UniversalAIJob
from tests.remote import Configure
from tests.rows import change, due_in, error_of, events_of, fresh, in_seconds, make_due, make_job
from tests.upstream import Upstream

from .posting import open_gate, posts

pytestmark = pytest.mark.django_db

UNKNOWN_OUTCOMES: dict[str, dict[str, Any]] = {
    "no answer": {"kind": "lost"},
    "reset": {"kind": "reset"},
    "half an answer": {"kind": "truncated"},
    "silence": {"kind": "silence", "seconds": 2},
    "500": {"kind": "answer", "status": 500, "body": {"detail": "oops"}},
    "503, not carried out": {"kind": "answer", "status": 503, "carried_out": False},
    "a proxy's page": {
        "kind": "answer",
        "status": 502,
        "body": "<html><title>Bad Gateway</title></html>",
        "content_type": "text/html",
    },
    "408": {"kind": "answer", "status": 408, "body": {}},
    "425": {"kind": "answer", "status": 425, "body": {}},
    "redirect": {"kind": "answer", "status": 307, "headers": {"Location": "/v3/elsewhere"}},
    "not JSON": {"kind": "answer", "status": 200, "body": "OK"},
    "no id": {"kind": "answer", "patch": {"public_id": None}},
    "JSON of another kind": {"kind": "answer", "status": 202, "body": [1, 2]},
    "packed": {"kind": "gzip", "size": 1000},
    "endless": {"kind": "huge", "size": 2 * 1024**2, "seconds": 1},
}


@pytest.mark.parametrize("name", UNKNOWN_OUTCOMES)
def test_an_unknown_outcome_is_never_sent_again(
    name: str, configure: Configure, upstream: Upstream
) -> None:
    configure(read_timeout=0.2, max_response_bytes=1024**2)
    upstream.fault(method="POST", **UNKNOWN_OUTCOMES[name])
    job = make_job()
    engine.advance()
    row = fresh(job)
    assert (row.status, row.public_id) == ("uncertain", None)
    assert row.note
    assert events_of(job) == ["uncertain"]
    for _ in range(3):
        engine.advance()
        engine.send(job)
        engine.send(fresh(job))
        tasks.submit_job(str(job.pk))
        tasks.poll_job(str(job.pk))
        change(job, lease_until=None)
    assert fresh(job).status == "uncertain"
    assert posts(upstream) == 1


class Broken(BaseBackend):
    """Has a bug, and nobody knows how far it came."""

    bug: Exception

    def submit(self, request: JobRequest) -> JobResponse:
        raise self.bug


@pytest.mark.parametrize(
    ("bug", "note"),
    [
        (KeyError("no such thing"), "'no such thing'"),
        # Not a file of the job's: these were read before.
        (FileNotFoundError("certificate.pem"), "certificate.pem"),
    ],
)
def test_a_bug_of_a_backend_leaves_the_outcome_unknown(
    settings: Any, monkeypatch: pytest.MonkeyPatch, bug: Exception, note: str
) -> None:
    monkeypatch.setattr(Broken, "bug", bug, raising=False)
    settings.UNIVERSAL_AI = {"default": {"BACKEND": f"{__name__}.Broken"}}
    job = make_job()
    assert engine.send(job)
    assert (fresh(job).status, fresh(job).note) == ("uncertain", note)


def test_a_job_that_certainly_was_not_sent_is_sent_later(
    configure: Configure, upstream: Upstream
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: it refuses
        configure(base_url=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        job = make_job()
        engine.advance()
    row = fresh(job)
    assert (row.status, row.attempts, row.lease_owner) == ("pending", 1, None)
    assert "reached" in row.note
    assert events_of(job) == ["deferred"]
    assert not UniversalAIJob.objects.due().exists()
    configure()
    make_due(job)
    engine.advance()
    assert (fresh(job).status, posts(upstream)) == ("processing", 1)
    assert fresh(job).note == ""


def test_it_is_tried_ever_more_rarely(configure: Configure) -> None:
    configure(base_url="http://127.0.0.1:1")
    job = make_job(attempts=5)
    engine.advance()
    assert due_in(job) > 15
    change(job, attempts=1000, due_at=in_seconds(-1))
    engine.advance()
    assert 29 < due_in(job) < 61


def test_a_gate_that_opens_soon_is_waited_for(configure: Configure, upstream: Upstream) -> None:
    configure(rate_limit=100, concurrency=1)
    upstream.fault("rate_limited", method="POST", form="seconds", seconds=1, times=1)
    made = [make_job() for _ in range(3)]
    assert engine.advance(budget=20) > 1
    assert sum(fresh(job).status != "pending" for job in made) > 1
    assert posts(upstream) > 2


@pytest.mark.parametrize("form", ["seconds", "date", "body", "none"])
def test_a_429_closes_the_gate_for_all(
    form: str, configure: Configure, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SHORT_PAUSE", 0.0)
    backend = configure(rate_limit=100, concurrency=1)
    upstream.fault("rate_limited", method="POST", form=form, seconds=30, times=1)
    made = [make_job(requested_at=in_seconds(-9 + n)) for n in range(3)]
    engine.advance()
    engine.advance()
    tasks.submit_job(str(made[2].pk))
    assert [fresh(job).status for job in made] == ["pending"] * 3
    assert posts(upstream) == 1
    assert not limits.is_open(backend)
    closed_until = Account.objects.get().closed_until
    assert closed_until
    least, most = (1, 4) if form == "none" else (25, 33)
    assert in_seconds(least) < closed_until < in_seconds(most)
    open_gate()
    make_due(*made)
    engine.advance()
    assert [fresh(job).status for job in made] == ["processing"] * 3
    assert posts(upstream) == 4


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_account_stops_and_is_probed_until_it_works(
    status: int, configure: Configure, upstream: Upstream
) -> None:
    configure(concurrency=1)
    upstream.fault("answer", method="POST", status=status, body={"detail": "No."}, times=0)
    made = [make_job(requested_at=in_seconds(-9 + n)) for n in range(3)]
    for _ in range(3):
        engine.advance()
        make_due(*made)
    account = Account.objects.get()
    assert str(status) in account.refusal
    assert account.refused_at
    assert posts(upstream) == 1
    assert [fresh(job).status for job in made] == ["pending"] * 3

    open_gate()  # a minute later
    for _ in range(3):
        engine.advance()
        make_due(*made)
    assert posts(upstream) == 2
    assert Account.objects.get().refused_at == account.refused_at

    upstream.faults.clear()
    open_gate()
    engine.advance()
    make_due(*UniversalAIJob.objects.pending())
    engine.advance()
    assert not UniversalAIJob.objects.pending().exists()
    assert len(upstream.ledger.posts()) == 3
    assert Account.objects.get().refusal == ""


def test_requests_that_were_under_way_learn_of_the_refusal_by_themselves(
    configure: Configure, upstream: Upstream
) -> None:
    configure(concurrency=4)
    upstream.fault("answer", method="POST", status=402, body={"detail": "No."}, times=0)
    made = [make_job() for _ in range(20)]
    engine.advance()
    assert {fresh(job).status for job in made} == {"pending"}
    assert posts(upstream) <= 4


def test_a_probe_that_is_refused_for_its_own_sake_ends_the_refusal(
    configure: Configure, upstream: Upstream
) -> None:
    remote = configure(concurrency=1)
    limits.open_breaker(remote, "402: no credits")
    open_gate()
    upstream.fault("answer", method="POST", status=422, body={"detail": "Bad file"})
    bad, good = (make_job(priority=p) for p in (1, 0))
    engine.advance()
    assert (fresh(bad).status, fresh(good).status) == ("fail", "processing")


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 415, 422, 451])
def test_a_refusal_for_good_fails_the_job_with_the_services_words(
    status: int, remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", method="POST", status=status, body={"detail": "Not this one."})
    job = make_job()
    engine.advance()
    row = fresh(job)
    assert row.status == "fail"
    assert "Not this one." in error_of(job)["message"]
    assert (error_of(job)["type"], error_of(job)["status_code"]) == ("rejected", status)
    assert events_of(job) == ["failed"]
    engine.advance()
    assert posts(upstream) == 1


def test_an_answer_that_is_too_late_still_counts(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender's lease ran out in the middle of the POST, and another gave the job up."""
    remote = configure(concurrency=1)
    submit = remote.submit

    def slow(request: JobRequest) -> JobResponse:
        UniversalAIJob.objects.update(lease_until=in_seconds(-1))
        assert jobs.reap() == 1
        return submit(request)

    monkeypatch.setattr(remote, "submit", slow)
    job = make_job()
    engine.send(job)
    assert fresh(job).status == "processing"
    assert events_of(job) == ["uncertain", "submitted"]
