from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Collection
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_universal_ai import engine, jobs, limits, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.contract import JobRequest, JobResponse
from django_universal_ai.engine import flight, sending
from django_universal_ai.models import Account, UniversalAIFile, UniversalAIJob
from tests.remote import Configure
from tests.rows import (
    AUDIO,
    URL,
    change,
    due_in,
    error_of,
    events_of,
    fresh,
    in_seconds,
    make_due,
    make_job,
)
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db


def posts(upstream: Upstream) -> int:
    """All POSTs of jobs that arrived, whatever became of them."""
    return len(upstream.ledger.requests("POST", "/v3/universal-ai/async"))


def uploads(upstream: Upstream) -> int:
    return len(upstream.ledger.requests("POST", "/v3/upload"))


def open_gate() -> None:
    """Let the pause of the account pass."""
    Account.objects.update(closed_until=in_seconds(-1), next_request_at=None)


def test_a_pending_job_is_handed_over(remote: BaseBackend, upstream: Upstream) -> None:
    job = make_job(provider_params={"a": 1}, show_original_response=True)
    assert engine.send(job)
    job = fresh(job)
    (entry,) = upstream.ledger.posts()
    assert entry.body == {
        "model": AUDIO,
        "input": {"file": URL},
        "provider_params": {"a": 1},
        "show_original_response": True,
    }
    assert (job.status, job.public_id) == ("processing", entry.public_id)
    assert job.submitted_at
    assert job.created_at
    assert (job.lease_owner, job.attempts) == (None, 1)
    assert events_of(job) == ["submitted"]


def test_a_job_that_ends_at_once_needs_one_request(remote: BaseBackend, upstream: Upstream) -> None:
    upstream.settings.seconds = 0
    well = make_job()
    badly = make_job(provider_params={"upstream": {"status": "fail"}})
    assert engine.send(well)
    assert engine.send(badly)
    assert (fresh(well).status, fresh(well).output) == ("success", upstream.settings.output)
    assert str(fresh(well).cost) == "0.012500000000"
    assert (fresh(badly).status, fresh(badly).error) == (
        "fail",
        {"message": "The provider gave up."},
    )
    assert events_of(well) == ["submitted", "succeeded"]
    assert events_of(badly) == ["submitted", "failed"]
    assert len(upstream.ledger.requests()) == 2


def test_the_highest_priority_goes_first_and_then_the_oldest(
    configure: Configure, upstream: Upstream
) -> None:
    configure(concurrency=1)
    ages = {"young": (0, -1), "old": (0, -9), "urgent": (5, 0), "later": (-5, -99)}
    for name, (priority, age) in ages.items():
        make_job(input={"file": name}, priority=priority, requested_at=in_seconds(age))
    engine.advance()
    sent = [entry.body["input"]["file"] for entry in upstream.ledger.posts()]
    assert sent == ["urgent", "old", "young", "later"]


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

    def submit(self, request: JobRequest) -> JobResponse:
        raise KeyError("no such thing")


def test_a_bug_of_a_backend_leaves_the_outcome_unknown(settings: Any) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": f"{__name__}.Broken"}}
    job = make_job()
    assert engine.send(job)
    assert (fresh(job).status, fresh(job).note) == ("uncertain", "'no such thing'")


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


# ---------------------------------------------------------------------------------------- files


def with_file(*files: UniversalAIFile, **fields: Any) -> UniversalAIJob:
    """A job that reads these files; the first as ``file``."""
    names = ["file", "second", "third"][: len(files)]
    inputs = {name: str(file.pk) for name, file in zip(names, files, strict=True)}
    return jobs.submit(model=AUDIO, input=inputs, **fields)


def test_a_file_goes_up_first_and_its_id_there_into_the_request(
    remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.settings.check_files = True
    content = b"sound" * 100_000
    job = jobs.submit(model=AUDIO, input={"language": "en"}, files={"file": content})
    engine.advance()
    upload, post = upstream.ledger.requests("POST")
    assert (upload.path, post.path) == ("/v3/upload", "/v3/universal-ai/async")
    ((file_id, stored),) = upstream.service.uploads.items()
    assert stored.info["file_size"] == len(content)
    assert post.body["input"] == {"language": "en", "file": file_id}
    assert fresh(job).status == "processing"
    file = UniversalAIFile.objects.get()
    assert (file.remote_id, file.remote_account) == (file_id, remote.account)
    assert fresh(job).input["file"] == str(file.pk)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_jobs_share_one_upload(concurrency: int, configure: Configure, upstream: Upstream) -> None:
    configure(concurrency=concurrency)
    file = UniversalAIFile.objects.store(b"sound")
    made = [with_file(file) for _ in range(3)]
    engine.advance()
    made.append(with_file(file))
    engine.advance()
    assert [fresh(job).status for job in made] == ["processing"] * 4
    assert (uploads(upstream), posts(upstream)) == (1, 4)
    assert len(set(upstream.ledger.posts_by_input("file"))) == 1


@pytest.mark.parametrize(
    "lost", [{"remote_until": in_seconds(600)}, {"remote_account": "another account"}]
)
def test_an_upload_that_is_of_no_use_any_more_is_made_again(
    lost: dict[str, Any], remote: BaseBackend, upstream: Upstream
) -> None:
    file = UniversalAIFile.objects.store(b"sound")
    with_file(file)
    engine.advance()
    UniversalAIFile.objects.update(**lost)
    with_file(file)
    engine.advance()
    assert (uploads(upstream), posts(upstream)) == (2, 2)
    assert len(set(upstream.ledger.posts_by_input("file"))) == 2


def test_a_job_may_have_several_files(remote: BaseBackend, upstream: Upstream) -> None:
    files = [UniversalAIFile.objects.store(b"x" * n) for n in (1, 2, 3)]
    job = with_file(*files)
    engine.advance()
    assert (uploads(upstream), posts(upstream)) == (3, 1)
    assert set(upstream.ledger.posts()[0].body["input"].values()) == set(upstream.service.uploads)
    assert fresh(job).attempts == 1


def test_a_file_that_is_too_large_fails_its_job(remote: BaseBackend, upstream: Upstream) -> None:
    upstream.settings.max_upload = 3
    job = with_file(UniversalAIFile.objects.store(b"sound"))
    engine.advance()
    assert fresh(job).status == "fail"
    assert error_of(job)["status_code"] == 413
    assert posts(upstream) == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lost"},
        {"kind": "reset"},
        {"kind": "truncated"},
        {"kind": "answer", "status": 503},
        {"kind": "rate_limited", "seconds": 1},
    ],
)
def test_an_upload_that_got_lost_costs_nothing_and_is_made_again(
    fault: dict[str, Any], remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault(path="upload", **fault)
    job = with_file(UniversalAIFile.objects.store(b"sound"))
    engine.advance()
    row = fresh(job)
    assert (row.status, row.lease_owner, posts(upstream)) == ("pending", None, 0)
    make_due(job)
    open_gate()
    engine.advance()
    assert (fresh(job).status, posts(upstream), uploads(upstream)) == ("processing", 1, 2)


def test_uploads_that_fail_are_tried_ever_more_rarely(
    remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", path="upload", status=503, times=0)
    job = with_file(UniversalAIFile.objects.store(b"sound"))
    for attempts in range(1, 7):
        make_due(job)
        engine.advance()
        assert fresh(job).attempts == attempts
    assert due_in(job) > 15


def test_a_file_that_is_gone_fails_its_job_and_no_other(
    remote: BaseBackend, upstream: Upstream
) -> None:
    file = UniversalAIFile.objects.store(b"sound")
    job, other = with_file(file), make_job()
    file.file.storage.delete(str(file.file.name))
    engine.advance()
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "file")
    assert fresh(other).status == "processing"
    assert uploads(upstream) == 0


def test_a_store_that_is_down_fails_no_job(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(file: UniversalAIFile) -> None:
        raise ConnectionError("the store is down")

    job = with_file(UniversalAIFile.objects.store(b"sound"))
    with monkeypatch.context() as patched:
        patched.setattr(UniversalAIFile, "open", down)
        engine.advance()
    row = fresh(job)
    assert (row.status, row.attempts, row.note) == ("pending", 1, "the store is down")
    assert posts(upstream) == 0
    make_due(job)
    engine.advance()
    assert (fresh(job).status, posts(upstream)) == ("processing", 1)


def test_a_job_whose_file_is_up_waits_for_leave_and_is_free_meanwhile(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = limits.take
    granted: list[limits.Turn] = []

    def once(backend: BaseBackend, wanted: int = 1, **how: Any) -> list[limits.Turn]:
        if granted:
            return []
        granted.extend(take(backend, 1))
        return list(granted)

    monkeypatch.setattr(limits, "take", once)
    monkeypatch.setattr(limits, "busy_for", lambda backend: None)
    job = with_file(UniversalAIFile.objects.store(b"sound"))
    engine.advance()
    assert (uploads(upstream), posts(upstream)) == (1, 0)
    assert (fresh(job).status, fresh(job).lease_owner) == ("pending", None)
    monkeypatch.undo()
    engine.advance()
    assert (uploads(upstream), posts(upstream)) == (1, 1)
    assert fresh(job).status == "processing"


def test_a_job_whose_files_another_carries_up_is_left_to_it(
    remote: BaseBackend, upstream: Upstream
) -> None:
    job = with_file(UniversalAIFile.objects.store(b"sound"))
    assert jobs.hold(job, seconds=60)
    engine.advance()
    assert not engine.send(job)
    assert upstream.ledger.requests() == []
    change(job, lease_until=in_seconds(-1))
    engine.advance()
    assert fresh(job).status == "processing"


def test_an_upload_that_takes_long_keeps_its_job(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is short, so that a killed worker's job soon goes on; a living one renews it."""
    monkeypatch.setattr(sending, "HOLD", 5.0)
    monkeypatch.setattr(flight, "TEND_EVERY", 0.05)
    kept: list[int] = []
    keep = jobs.keep

    def watched(leases: Collection[uuid.UUID], *, seconds: float) -> None:
        kept.append(len(leases))
        keep(leases, seconds=seconds)

    monkeypatch.setattr(jobs, "keep", watched)
    upstream.fault("silence", path="upload", seconds=0.5)
    job = with_file(UniversalAIFile.objects.store(b"sound"))
    engine.advance()
    assert kept.count(1) > 2
    assert max(kept) == 1
    assert (uploads(upstream), posts(upstream)) == (1, 1)
    assert fresh(job).status == "processing"


def test_a_message_that_comes_again_takes_no_turn(
    remote: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def take(backend: BaseBackend, wanted: int = 1) -> list[limits.Turn]:
        taken.append(wanted)
        return []

    monkeypatch.setattr(limits, "take", take)
    for status in ("submitting", "processing", "success", "fail", "uncertain"):
        assert not engine.send(make_job(status))
    assert taken == []


def test_nothing_is_read_between_the_claim_and_the_post(
    remote: BaseBackend, upstream: Upstream
) -> None:
    """A query that fails there would leave a job uncertain that was never sent."""
    job = make_job()
    with CaptureQueriesContext(connection) as queries:
        assert engine.send(job)
    texts = [query["sql"] for query in queries]
    claim = next(place for place, text in enumerate(texts) if "'submitting'" in text)
    stored = next(place for place, text in enumerate(texts) if "'processing'" in text)
    between = [text for text in texts[claim + 1 : stored] if "SAVEPOINT" not in text]
    assert between == []


def test_a_claim_that_was_held_up_makes_no_late_request(
    configure: Configure, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others keep to their moments: what leaves late may be one too many in its second."""
    configure(rate_limit=20)
    begin, take = jobs.begin_submission, limits.take
    pauses = [0.2]
    moments: list[float] = []

    def slow(*args: Any, **kwargs: Any) -> jobs.Ticket | None:
        if pauses:
            time.sleep(pauses.pop())  # as the database does that wants another try
        return begin(*args, **kwargs)

    def watched(*args: Any, **kwargs: Any) -> list[limits.Turn]:
        turns = take(*args, **kwargs)
        moments.extend(turn.moment for turn in turns)
        return turns

    monkeypatch.setattr(jobs, "begin_submission", slow)
    monkeypatch.setattr(limits, "take", watched)
    job = make_job()
    engine.advance(budget=5)
    (post,) = upstream.ledger.posts()
    assert post.clock - max(moment for moment in moments if moment <= post.clock) < 0.19
    row = fresh(job)
    assert (row.status, row.note, row.attempts) == ("processing", "", 2)
    assert events_of(job) == ["submitted"]
