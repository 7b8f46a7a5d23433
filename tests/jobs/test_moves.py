from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from django_universal_ai import jobs
from django_universal_ai.jobs import moves, writer
from django_universal_ai.models import Status, UniversalAIJob
from tests.rows import (
    LEASE,
    answer,
    change,
    error_of,
    events_of,
    fresh,
    in_seconds,
    leased,
    make_job,
    row_of,
)

pytestmark = pytest.mark.django_db

Call = Callable[[UniversalAIJob], Any]
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Move:
    """A move, and where each status goes with it; a status that isn't named stays."""

    call: Call
    to: dict[str, str]
    #: Seconds until the row's lease ends; below zero it ended.
    lease: float = 60.0
    events: tuple[str, ...] = ()


MOVES = {
    "hold": Move(lambda job: jobs.hold(job, seconds=60), {"pending": "pending"}, lease=-1),
    "begin_submission": Move(
        lambda job: jobs.begin_submission(job, seconds=60), {"pending": "submitting"}, lease=-1
    ),
    "begin_submission, held": Move(
        lambda job: jobs.begin_submission(job, seconds=60, held=LEASE), {"pending": "submitting"}
    ),
    "accept": Move(
        lambda job: jobs.accept(job, LEASE, answer(), look_in=1),
        {"submitting": "processing", "uncertain": "processing"},
        events=("submitted",),
    ),
    "accept, ended well": Move(
        lambda job: jobs.accept(job, LEASE, answer("success"), look_in=1),
        {"submitting": "success", "uncertain": "success"},
        events=("submitted", "succeeded"),
    ),
    "accept, ended badly": Move(
        lambda job: jobs.accept(job, LEASE, answer("fail"), look_in=1),
        {"submitting": "fail", "uncertain": "fail"},
        events=("submitted", "failed"),
    ),
    "defer": Move(
        lambda job: jobs.defer(job, LEASE, "nobody listens", seconds=5),
        {"pending": "pending", "submitting": "pending", "uncertain": "pending"},
        events=("deferred",),
    ),
    "refuse": Move(
        lambda job: jobs.refuse(job, LEASE, {"message": "no"}),
        {"pending": "fail", "submitting": "fail", "uncertain": "fail"},
        events=("failed",),
    ),
    "lose": Move(
        lambda job: jobs.lose(job, LEASE, "no answer"),
        {"submitting": "uncertain"},
        events=("uncertain",),
    ),
    "reap": Move(
        lambda job: jobs.reap(), {"submitting": "uncertain"}, lease=-1, events=("uncertain",)
    ),
    "adopt": Move(
        lambda job: jobs.adopt(job, answer(), look_in=1),
        {"submitting": "processing", "uncertain": "processing"},
        events=("submitted",),
    ),
    "adopt, ended": Move(
        lambda job: jobs.adopt(job, answer("success"), look_in=1),
        {"submitting": "success", "uncertain": "success"},
        events=("submitted", "succeeded"),
    ),
    "give_up": Move(
        lambda job: jobs.give_up(job, "enough"), {"uncertain": "fail"}, events=("failed",)
    ),
    "postpone": Move(
        lambda job: jobs.postpone([job.pk], seconds=60, note="later"),
        {status: status for status in ("pending", "submitting", "uncertain", "processing")},
    ),
    "observe": Move(
        lambda job: jobs.observe(job, answer(), look_in=1), {"processing": "processing"}
    ),
    "observe, a word that nobody knows": Move(
        lambda job: jobs.observe(job, answer("queued"), look_in=1), {"processing": "processing"}
    ),
    "observe, ended well": Move(
        lambda job: jobs.observe(job, answer("success"), look_in=1),
        {"processing": "success", "uncertain": "success"},
        events=("succeeded",),
    ),
    "observe, ended badly": Move(
        lambda job: jobs.observe(job, answer("fail"), look_in=1),
        {"processing": "fail", "uncertain": "fail"},
        events=("failed",),
    ),
    "seen": Move(lambda job: jobs.seen([job.pk], look_in=1), {"processing": "processing"}),
    "miss": Move(
        lambda job: jobs.miss(job, "404", look_in=1, patience=60), {"processing": "processing"}
    ),
    "miss, for long": Move(
        lambda job: jobs.miss(
            change(job, missing_since=in_seconds(-61)), "404", look_in=1, patience=60
        ),
        {"processing": "fail"},
        events=("failed",),
    ),
    "expire": Move(
        lambda job: jobs.expire(change(job, submitted_at=in_seconds(-8 * DAY)), seconds=7 * DAY),
        {"processing": "fail"},
        events=("failed",),
    ),
    "begin_run": Move(
        lambda job: jobs.begin_run(job, most_attempts=3),
        {"pending": "processing", "processing": "processing"},
        lease=-1,
    ),
    "begin_run, once too often": Move(
        lambda job: jobs.begin_run(change(job, attempts=3), most_attempts=3),
        {"pending": "processing", "processing": "fail"},
        lease=-1,
    ),
    "put_off": Move(
        lambda job: jobs.put_off(job, look_in=9),
        {status: status for status in ("pending", "submitting", "uncertain", "processing")},
    ),
    "renew": Move(lambda job: jobs.renew(job, LEASE, 0.5), {"processing": "processing"}),
    "finish_run": Move(
        lambda job: jobs.finish_run(job, LEASE, answer("success")),
        {"processing": "success"},
        events=("succeeded",),
    ),
}

#: Columns that some lambdas above set themselves before they make the move.
_SET_UP = {"missing_since", "submitted_at", "attempts"}


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("name", MOVES)
def test_a_move_leads_where_the_table_says_or_changes_nothing(name: str, status: str) -> None:
    move = MOVES[name]
    job = leased(make_job(status), move.lease)
    before = row_of(job)
    won = move.call(job)
    after = row_of(job)
    if status in move.to:
        assert after["status"] == move.to[status]
        assert after != before
        if move.events:
            assert tuple(events_of(job)) == move.events
    else:
        assert not won
        assert events_of(job) == []
        assert {k: v for k, v in after.items() if k not in _SET_UP} == {
            k: v for k, v in before.items() if k not in _SET_UP
        }


STRANGER = uuid.UUID("22222222-2222-4222-8222-222222222222")
WITH_LEASE: dict[str, Call] = {
    "accept": lambda job: jobs.accept(job, STRANGER, answer("success"), look_in=1),
    "defer": lambda job: jobs.defer(job, STRANGER, "", seconds=0),
    "refuse": lambda job: jobs.refuse(job, STRANGER, {}),
    "lose": lambda job: jobs.lose(job, STRANGER, ""),
    "renew": lambda job: jobs.renew(job, STRANGER, None),
    "finish_run": lambda job: jobs.finish_run(job, STRANGER, answer("success")),
    "begin_submission, held": lambda job: jobs.begin_submission(job, seconds=1, held=STRANGER),
    # These want a row that nobody has.
    "hold": lambda job: jobs.hold(job, seconds=1),
    "begin_submission": lambda job: jobs.begin_submission(job, seconds=1),
    "begin_run": lambda job: jobs.begin_run(job, most_attempts=1),
    "reap": lambda job: jobs.reap(),
}


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("name", WITH_LEASE)
def test_a_row_that_another_has_is_left_alone(name: str, status: str) -> None:
    job = leased(make_job(status, attempts=1))
    before = row_of(job)
    assert not WITH_LEASE[name](job)
    assert row_of(job) == before
    assert events_of(job) == []


def test_a_move_on_a_row_that_is_gone_is_no_error() -> None:
    job = leased(make_job("submitting"))
    UniversalAIJob.objects.all().delete()
    assert not jobs.accept(job, LEASE, answer("success"), look_in=1)
    assert not jobs.lose(job, LEASE, "")


def test_a_ticket_is_good_for_one_post() -> None:
    job = make_job()
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket
    assert jobs.begin_submission(job, seconds=60) is None
    row = fresh(job)
    assert (row.status, row.lease_owner, row.attempts) == ("submitting", ticket.lease, 1)
    assert row.token_hash == jobs.moves.hash_token(ticket.token)
    assert ticket.token not in str(row_of(job))


def test_a_claim_whose_commit_lost_its_reply_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The retried one finds the row changed, and nobody else has changed it."""
    job, move = make_job(), writer.move

    def committed_in_silence(*args: Any, **changes: Any) -> jobs.Won:
        assert move(*args, **changes)
        return move(*args, **changes)

    monkeypatch.setattr(moves, "move", committed_in_silence)
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket
    assert fresh(job).lease_owner == ticket.lease


def test_an_attempt_is_counted_once_whether_files_went_first_or_not() -> None:
    job = make_job()
    lease = jobs.hold(job, seconds=60)
    assert jobs.begin_submission(job, seconds=60) is None
    assert jobs.begin_submission(job, seconds=60, held=lease)
    assert fresh(job).attempts == 1


def test_the_lease_of_an_upload_is_kept_while_it_is_ours_and_pending() -> None:
    held, strange, sent = leased(make_job(), 1), make_job(), leased(make_job("submitting"), 1)
    change(strange, lease_owner=STRANGER, lease_until=in_seconds(1))
    jobs.keep([], seconds=60)
    jobs.keep([LEASE], seconds=60)
    renewed = {job.pk for job in UniversalAIJob.objects.filter(lease_until__gt=in_seconds(30))}
    assert renewed == {held.pk}
    assert sent.pk not in renewed


def test_a_late_answer_still_counts_when_its_sender_was_given_up() -> None:
    job = make_job()
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket
    change(job, lease_until=in_seconds(-1))
    assert jobs.reap() == 1
    assert jobs.reap() == 0
    assert fresh(job).status == "uncertain"
    assert jobs.accept(job, ticket.lease, answer(), look_in=1)
    assert fresh(job).status == "processing"


def test_a_young_job_does_not_expire() -> None:
    job = make_job("processing")
    assert not jobs.expire(job, seconds=7 * DAY)
    assert fresh(job).status == "processing"


def test_a_run_is_begun_again_and_then_given_up() -> None:
    job = make_job(backend="local")
    for attempt in (1, 2):
        assert jobs.begin_run(job, most_attempts=2)
        assert fresh(job).attempts == attempt
        assert jobs.begin_run(job, most_attempts=2) is None  # it is at work
        change(job, lease_until=in_seconds(-1))
    assert jobs.begin_run(job, most_attempts=2) is None
    row = fresh(job)
    assert (row.status, error_of(job)["type"]) == ("fail", "worker_lost")
    assert events_of(job) == ["submitted", "restarted", "failed"]


def test_a_run_that_was_given_to_another_does_not_count() -> None:
    job = make_job(backend="local")
    first = jobs.begin_run(job, most_attempts=3)
    change(job, lease_until=in_seconds(-1))
    second = jobs.begin_run(job, most_attempts=3)
    assert first
    assert second
    assert not jobs.renew(job, first, 0.5)
    assert not jobs.finish_run(job, first, answer("fail"))
    assert jobs.renew(job, second, 0.5)
    assert fresh(job).progress == 0.5
    assert jobs.finish_run(job, second, answer("success", public_id=str(job.pk)))
    assert (fresh(job).status, fresh(job).progress) == ("success", 1.0)


def test_a_job_that_cannot_be_sent_to_anybody_fails() -> None:
    job = leased(make_job())
    error = {"type": "file", "message": "It is gone."}
    assert not jobs.abandon(job, uuid.uuid4(), error)
    assert jobs.abandon(job, LEASE, error)
    assert (fresh(job).status, fresh(job).error) == ("fail", error)
    assert events_of(job) == ["failed"]
