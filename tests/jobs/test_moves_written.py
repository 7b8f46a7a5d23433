"""What each move writes, beside the state that it leads to."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.jobs import moves, writer
from django_universal_ai.models import UniversalAIJob
from tests.rows import (
    LEASE,
    answer,
    change,
    due_in,
    error_of,
    fresh,
    in_seconds,
    leased,
    make_job,
    row_of,
)

pytestmark = pytest.mark.django_db

#: Seconds that a test may take between what it does and what it looks at.
SOON = 30.0


def told(job: UniversalAIJob) -> list[tuple[str, dict[str, Any]]]:
    return list(job.events.order_by("at").values_list("kind", "detail"))


def lease_ends_in(job: UniversalAIJob) -> float:
    until = fresh(job).lease_until
    assert until
    return float((until - in_seconds(0)).total_seconds())


def is_about(seconds: float, expected: float) -> bool:
    return expected - SOON < seconds <= expected


def test_a_job_whose_files_go_up_is_held() -> None:
    job, other = make_job(), make_job()
    before = row_of(other)
    lease = jobs.hold(job, seconds=100)
    row = fresh(job)
    assert lease
    assert (row.lease_owner, row.attempts, row.status) == (lease, 1, "pending")
    assert is_about(lease_ends_in(job), 100)
    jobs.keep([lease], seconds=200)
    assert is_about(lease_ends_in(job), 200)
    assert row_of(other) == before


def test_only_pending_jobs_are_set_aside() -> None:
    job, other, at_work = make_job(), make_job(), make_job("processing")
    before = [row_of(each) for each in (other, at_work)]
    jobs.set_aside([job.pk, at_work.pk], seconds=100)
    assert is_about(due_in(job), 100)
    assert [row_of(each) for each in (other, at_work)] == before


def test_a_submission_that_begins() -> None:
    job = make_job(note="not yet")
    ticket = jobs.begin_submission(job, seconds=100)
    assert ticket
    row = fresh(job)
    assert (row.lease_owner, row.attempts, row.note) == (ticket.lease, 1, "")
    assert row.token_hash == moves.hash_token(ticket.token) != ticket.token
    assert len(ticket.token) >= 40
    assert is_about(lease_ends_in(job), 100)
    assert is_about(due_in(job), 100)
    assert row.posted_at
    assert not jobs.begin_submission(make_job("processing"), seconds=100)


def test_a_job_that_was_taken() -> None:
    job = leased(make_job("submitting", note="old"))
    said = answer(model="v2")
    assert jobs.accept(job, LEASE, said, look_in=100)
    row = fresh(job)
    assert (row.public_id, row.model, row.provider) == (said.public_id, "v2", "google")
    assert (row.lease_owner, row.lease_until, row.note) == (None, None, "")
    assert is_about(due_in(job), 100)
    assert row.submitted_at
    ((kind, detail),) = told(job)
    assert (kind, detail["public_id"]) == ("submitted", said.public_id)
    assert "found" not in detail


@pytest.mark.parametrize(
    ("error", "message"),
    [({"type": "rejected", "message": "No such voice."}, "No such voice."), ({"type": "x"}, None)],
)
def test_a_job_that_was_refused(
    settings: Settings, error: dict[str, Any], message: str | None
) -> None:
    settings.UNIVERSAL_AI = {**settings.UNIVERSAL_AI, "second": settings.UNIVERSAL_AI["default"]}
    job = leased(make_job("submitting"))
    assert jobs.refuse(job, LEASE, error)
    assert (fresh(job).status, fresh(job).error) == ("fail", error)
    fallback = leased(make_job("submitting", fallbacks=["amazon"], route=["default", "second"]))
    assert jobs.refuse(fallback, LEASE, error)
    assert (fresh(fallback).status, fresh(fallback).provider) == ("pending", "amazon")
    ((kind, detail),) = told(fallback)
    assert (kind, detail["reason"]) == ("fell_back", message or "")


def test_a_job_whose_outcome_nobody_knows() -> None:
    why = "The reply was lost. " * 50
    job = leased(make_job("submitting"))
    assert jobs.lose(job, LEASE, why)
    row = fresh(job)
    assert (row.status, row.note) == ("uncertain", why[:500])
    assert (row.lease_owner, row.lease_until) == (LEASE, None)  # its sender may still tell
    assert is_about(due_in(job), writer.UNCERTAIN_PAUSE)
    assert told(job) == [("uncertain", {"reason": why})]


def test_a_job_whose_sender_was_lost() -> None:
    lost, sent = leased(make_job("submitting"), -1), leased(make_job("submitting"))
    assert jobs.reap() == 1
    assert (fresh(lost).status, fresh(sent).status) == ("uncertain", "submitting")
    assert fresh(lost).note == "The worker was lost while it was sending this job."


def test_a_job_that_was_found_again() -> None:
    sent = in_seconds(-50)
    job = change(make_job("uncertain", note="lost"), posted_at=sent, lease_owner=LEASE)
    said = answer(cost="0.5")
    assert jobs.adopt(job, said, look_in=100)
    row = fresh(job)
    assert (row.status, row.public_id, str(row.cost)[:3]) == ("processing", said.public_id, "0.5")
    assert (row.note, row.lease_owner) == ("", None)
    assert row.submitted_at
    assert abs(row.submitted_at - sent) < timedelta(milliseconds=10)
    assert is_about(due_in(job), 100)
    ((kind, detail),) = told(job)
    assert kind == "submitted"
    assert (detail["public_id"], detail["found"]) == (said.public_id, True)


def test_a_job_that_a_person_gives_up() -> None:
    job = make_job("uncertain")
    assert jobs.give_up(job, "Asked them.")
    assert error_of(job) == {"type": "given_up", "message": "Asked them."}
    assert [kind for kind, _ in told(job)] == ["failed"]


def test_a_job_that_is_looked_at_later() -> None:
    job, other, ended = make_job("processing"), make_job("processing"), make_job("success")
    before = [row_of(each) for each in (other, ended)]
    jobs.postpone([job.pk, ended.pk], seconds=100, note="busy " * 200)
    assert is_about(due_in(job), 100)
    assert (fresh(job).note, fresh(job).polls) == (("busy " * 200)[:500], 0)
    jobs.postpone([job.pk], seconds=200)
    assert is_about(due_in(job), 200)
    assert fresh(job).note
    jobs.put_off(job, look_in=300)
    assert is_about(due_in(job), 300)
    assert fresh(job).polls == 1
    jobs.put_off(ended, look_in=300)
    assert [row_of(each) for each in (other, ended)] == before


@pytest.mark.parametrize(
    ("word", "note"),
    [("processing", ""), ("on_hold", "The service calls it 'on_hold'."), ("x" * 900, None)],
)
def test_a_job_that_is_still_at_work(word: str, note: str | None) -> None:
    job = change(make_job("processing", note="old"), missing_since=in_seconds(-5))
    said = answer(public_id=job.public_id).model_copy(update={"status": word})
    assert not jobs.observe(job, said, look_in=100)
    row = fresh(job)
    assert (row.status, row.polls, row.missing_since) == ("processing", 1, None)
    assert row.seen_at
    assert is_about(due_in(job), 100)
    assert row.note == (note if note is not None else f"The service calls it '{word}"[:500])
    assert told(job) == []


def test_a_job_that_the_service_does_not_know() -> None:
    job = make_job("processing")
    why = "Job not found. " * 50
    assert not jobs.miss(job, why, look_in=100, patience=600)
    row = fresh(job)
    assert (row.status, row.polls, row.note) == ("processing", 1, why[:500])
    assert row.missing_since
    assert is_about(due_in(job), 100)
    assert not jobs.miss(job, why, look_in=100, patience=600)
    assert fresh(job).missing_since == row.missing_since  # since the first time
    change(job, missing_since=in_seconds(-601))
    assert jobs.miss(job, why, look_in=100, patience=600, kind="unreadable")
    assert error_of(job) == {"type": "unreadable", "message": why}


def test_a_job_that_never_ends() -> None:
    job = change(make_job("processing"), submitted_at=in_seconds(-7.5 * 86400))
    assert not jobs.expire(job, seconds=8 * 86400)
    assert jobs.expire(job, seconds=7 * 86400)
    message = "The service didn't finish this job within 7 days."
    assert error_of(job) == {"type": "timeout", "message": message}


def test_a_cost_that_there_was_no_time_to_ask_for() -> None:
    unpriced = make_job("success", cost=None, due_at=in_seconds(100))
    others = [
        make_job("success", cost=None, due_at=in_seconds(100)),
        make_job("success", cost=1),
        change(make_job("processing", cost=None), due_at=in_seconds(100)),
    ]
    before = [row_of(each) for each in others]
    jobs.ask_cost_again([unpriced.pk, *(job.pk for job in others[1:])])
    assert is_about(due_in(unpriced), 0)
    assert [row_of(each) for each in others] == before


@pytest.mark.parametrize("unasked", [False, True])
def test_a_job_whose_end_was_told_without_a_cost(unasked: bool) -> None:
    job = make_job("processing", cost=Decimal(0))
    said = answer("success", public_id=job.public_id, cost=None)
    assert jobs.observe(job, said, look_in=1, unasked=unasked)
    row = fresh(job)
    assert (row.cost, row.polls, row.progress) == (None, 1, 1.0)
    assert (row.seen_at is not None) is unasked
    known = make_job("processing", cost=Decimal("0.5"))
    assert jobs.observe(known, said.model_copy(update={"public_id": known.public_id}), look_in=1)
    assert fresh(known).cost
    assert fresh(known).due_at is None


def test_the_lease_of_another_job_is_none_of_this_one() -> None:
    other = leased(make_job("submitting"))
    assert other.lease_owner == LEASE
    assert not jobs.defer(make_job("submitting", lease_owner=uuid.uuid4()), LEASE, "", seconds=1)


@pytest.mark.parametrize("fetched", [True, False])
def test_a_cost_that_was_not_told_is_asked_for_where_anybody_wants_it(
    fetched: bool, settings: Settings
) -> None:
    remote = "django_universal_ai.backends.http.HTTPBackend"
    options = {"api_key": "a-key-of-nobody", "fetch_cost": fetched}
    settings.UNIVERSAL_AI = {"default": {"BACKEND": remote, "OPTIONS": options}}
    job = make_job("processing", cost=None)
    said = answer("success", public_id=job.public_id, cost=None)
    assert jobs.observe(job, said, look_in=1000)
    if fetched:
        assert is_about(due_in(job), writer.COST_PAUSE)
    else:
        assert fresh(job).due_at is None


def test_an_end_that_was_asked_for_is_no_word_of_its_own() -> None:
    job = make_job("processing")
    assert jobs.observe(job, answer("success", public_id=job.public_id), look_in=1)
    assert fresh(job).seen_at is None


def test_a_cost_that_cannot_be_asked_for_now() -> None:
    job, other = (make_job("success", cost=None, due_at=in_seconds(1)) for _ in range(2))
    before = row_of(other)
    jobs.wait_for_cost(job)
    assert is_about(due_in(job), writer.LONG_COST_PAUSE)
    assert row_of(other) == before


def test_a_job_that_runs_is_not_abandoned_by_who_once_would_send_it() -> None:
    job = leased(make_job("processing"))
    before = row_of(job)
    assert not jobs.abandon(job, LEASE, {"type": "file", "message": "gone"})
    assert row_of(job) == before


def test_a_job_that_is_not_found_for_long_is_missing() -> None:
    job = change(make_job("processing"), missing_since=in_seconds(-100))
    assert jobs.miss(job, "No such job.", look_in=1, patience=60)
    assert error_of(job) == {"type": "missing", "message": "No such job."}


def test_the_id_of_another_backends_job_is_free() -> None:
    other = make_job("processing", backend="second")
    job = make_job("uncertain")
    assert jobs.adopt(job, answer(public_id=other.public_id), look_in=1)
    assert fresh(job).public_id == other.public_id
