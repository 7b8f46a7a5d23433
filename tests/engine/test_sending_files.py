"""Jobs whose files go up first."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import pytest
from django.db import OperationalError

from django_universal_ai import engine, jobs, limits
from django_universal_ai.backends import BaseBackend
from django_universal_ai.engine import flight, sending
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.remote import Configure
from tests.rows import AUDIO, change, due_in, error_of, fresh, in_seconds, make_due, make_job
from tests.upstream import Upstream

from .posting import open_gate, posts

pytestmark = pytest.mark.django_db


def uploads(upstream: Upstream) -> int:
    return len(upstream.ledger.requests("POST", "/v3/upload"))


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


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_cannot_be_noted_at_once_is_noted_a_moment_later(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.submit(model=AUDIO, input={}, files={"file": b"sound"})
    save = UniversalAIFile.save

    def fail_once(self: UniversalAIFile, **options: Any) -> None:
        monkeypatch.setattr(UniversalAIFile, "save", save)
        raise OperationalError("database is locked")

    monkeypatch.setattr(UniversalAIFile, "save", fail_once)
    engine.advance()
    assert fresh(job).status == "processing"
    assert UniversalAIFile.objects.get().remote_id
    assert uploads(upstream) == 1
