from __future__ import annotations

import math

import pytest
from pytest_django import Settings

from django_universal_ai import engine, jobs
from django_universal_ai.backends import BaseBackend, backends
from django_universal_ai.engine import resolving
from django_universal_ai.models import Account, UniversalAIJob
from tests.rows import AUDIO, URL, change, due_in, events_of, fresh, in_seconds, make_due, make_job
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db


def lost(upstream: Upstream, *, carried_out: bool = True, model: str = AUDIO) -> UniversalAIJob:
    """A job whose POST nobody answered for, and whose time for a look has come."""
    upstream.settings.seconds = math.inf
    upstream.fault("lost", method="POST", carried_out=carried_out)
    _, _, provider = model.split("/")
    job = make_job(requested_model=model, provider=provider)
    engine.send(job)
    assert fresh(job).status == "uncertain"
    make_due(job)
    return job


def posts(upstream: Upstream) -> int:
    return len(upstream.ledger.requests("POST"))


def test_a_lost_answer_is_found_again(remote: BaseBackend, upstream: Upstream) -> None:
    job = lost(upstream)
    engine.advance()
    row = fresh(job)
    (there,) = upstream.jobs.all()
    assert (row.status, row.public_id) == ("processing", there.public_id)
    assert row.submitted_at
    assert events_of(job) == ["uncertain", "submitted"]
    upstream.jobs.finish(there.public_id)
    make_due(job)
    engine.advance()
    assert (fresh(job).status, posts(upstream)) == ("success", 1)


def test_one_that_ended_meanwhile_is_found_with_its_result(
    remote: BaseBackend, upstream: Upstream
) -> None:
    job = lost(upstream)
    upstream.jobs.finish(upstream.jobs.all()[0].public_id)
    engine.advance()
    assert fresh(job).status == "success"
    assert events_of(job) == ["uncertain", "submitted", "succeeded"]


def test_what_never_arrived_stays_uncertain_and_is_looked_for_ever_more_rarely(
    remote: BaseBackend, upstream: Upstream
) -> None:
    job = lost(upstream, carried_out=False)
    engine.advance()
    assert 50 < due_in(job) < 70
    make_due(job)
    engine.advance()
    assert 110 < due_in(job) < 130
    change(job, polls=5000, due_at=in_seconds(-1))
    engine.advance()
    assert due_in(job) > 3500
    assert (fresh(job).status, posts(upstream)) == ("uncertain", 1)


def test_where_two_could_be_meant_neither_is(remote: BaseBackend, upstream: Upstream) -> None:
    first, second = lost(upstream), lost(upstream, carried_out=False)
    make_due(first, second)
    engine.advance()
    assert {fresh(first).status, fresh(second).status} == {"uncertain"}


def test_a_job_of_another_alias_of_the_account_could_be_meant_too(
    remote: BaseBackend, upstream: Upstream, settings: Settings
) -> None:
    settings.UNIVERSAL_AI["second"] = settings.UNIVERSAL_AI["default"]
    backends.reset()
    mine = lost(upstream, carried_out=False)
    theirs = change(lost(upstream), backend="second")
    engine.advance()
    assert [fresh(job).status for job in (mine, theirs)] == ["uncertain", "uncertain"]


def test_an_id_that_a_row_of_another_alias_has_is_taken(
    remote: BaseBackend, upstream: Upstream, settings: Settings
) -> None:
    settings.UNIVERSAL_AI["second"] = settings.UNIVERSAL_AI["default"]
    settings.UNIVERSAL_AI["stranger"] = {
        "BACKEND": settings.UNIVERSAL_AI["default"]["BACKEND"],
        "OPTIONS": settings.UNIVERSAL_AI["default"]["OPTIONS"] | {"api_key": "another"},
    }
    backends.reset()
    job = lost(upstream)
    (there,) = upstream.jobs.all()
    other = make_job("processing", backend="second", public_id=there.public_id)
    assert not jobs.adopt_id(fresh(job), there.public_id)
    change(other, backend="stranger")
    assert jobs.adopt_id(fresh(job), there.public_id)


@pytest.mark.parametrize("model", [AUDIO, "audio/speech_to_text_async/amazon"])
def test_a_strangers_job_is_not_taken_for_ours(
    model: str, remote: BaseBackend, upstream: Upstream
) -> None:
    """The account works for others, too."""
    job = lost(upstream)
    upstream.jobs.start("main", {"model": model, "input": {"file": URL}})
    engine.advance()
    assert fresh(job).status == ("uncertain" if model == AUDIO else "processing")


def test_a_job_of_another_time_is_not_ours(remote: BaseBackend, upstream: Upstream) -> None:
    job = lost(upstream)
    change(job, posted_at=in_seconds(-resolving.SKEW - 60))
    engine.advance()
    assert fresh(job).status == "uncertain"


def test_a_job_whose_post_has_no_moment_is_not_looked_for(
    remote: BaseBackend, upstream: Upstream
) -> None:
    """As of one that a process was killed over: any job there could be it."""
    job = lost(upstream)
    change(job, posted_at=None)
    engine.advance()
    assert fresh(job).status == "uncertain"


def test_a_job_that_another_row_has_is_not_ours(remote: BaseBackend, upstream: Upstream) -> None:
    job = lost(upstream)
    make_job("processing", public_id=upstream.jobs.all()[0].public_id, due=500)
    engine.advance()
    assert fresh(job).status == "uncertain"


@pytest.mark.parametrize("path", ["async$", "async/"])
def test_a_service_that_does_not_answer_is_asked_later(
    path: str, remote: BaseBackend, upstream: Upstream
) -> None:
    job = lost(upstream)
    upstream.fault("lost", method="GET", path=path)
    engine.advance()
    assert fresh(job).status == "uncertain"
    make_due(job)
    engine.advance()
    assert fresh(job).status == "processing"


def test_a_closed_account_is_not_asked(remote: BaseBackend, upstream: Upstream) -> None:
    job = lost(upstream)
    Account.objects.update(closed_until=in_seconds(60))
    engine.advance()
    assert fresh(job).status == "uncertain"
    assert upstream.ledger.requests("GET") == []


def test_a_list_that_is_very_long_is_left_alone(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = lost(upstream)
    monkeypatch.setattr(resolving, "PAGES", 0)
    engine.advance()
    assert fresh(job).status == "uncertain"
