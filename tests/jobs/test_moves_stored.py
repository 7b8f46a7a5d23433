"""What a move stores of what it is told, and its events with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.models import Q

from django_universal_ai import jobs
from django_universal_ai.jobs import writer
from django_universal_ai.models import JobEvent
from tests.rows import (
    LEASE,
    answer,
    change,
    due_in,
    error_of,
    events_of,
    fresh,
    in_seconds,
    leased,
    make_job,
    row_of,
)

pytestmark = pytest.mark.django_db


def test_what_the_service_says_is_mirrored() -> None:
    job = leased(make_job("submitting"))
    said = answer(
        "success",
        provider="amazon",
        model="v2",
        cost="1E-5",
        original_response={"raw": [1]},
        unheard_of=1,
    )
    assert jobs.accept(job, LEASE, said, look_in=1)
    row = fresh(job)
    assert (row.public_id, row.provider, row.model) == (said.public_id, "amazon", "v2")
    assert row.requested_provider == "google"
    assert row.cost == Decimal("0.00001")
    assert row.output == {"text": "hello"}
    assert row.original_response == {"raw": [1]}
    assert row.created_at == said.created_at
    assert row.submitted_at
    assert row.finished_at
    assert (row.due_at, row.lease_owner, row.lease_until) == (None, None, None)


def test_what_the_service_leaves_out_erases_nothing() -> None:
    job = make_job("processing", cost=Decimal("0.5"), created_at=in_seconds(-9))
    said = answer("success", public_id=job.public_id, cost=None, provider=None, created_at=None)
    assert jobs.observe(job, said, look_in=1)
    row = fresh(job)
    assert (row.cost, row.provider, row.created_at) == (Decimal("0.5"), "google", job.created_at)


@pytest.mark.parametrize("cost", ["1e30", "-1e30", "9" * 25, "9" * 13])
def test_a_cost_beyond_all_reason_is_left_out(cost: str) -> None:
    job = make_job("processing")
    assert jobs.observe(job, answer("success", cost=cost), look_in=1)
    assert (fresh(job).status, fresh(job).cost) == ("success", None)


def test_a_cost_keeps_twelve_decimals() -> None:
    job = make_job("processing")
    jobs.observe(job, answer("success", cost="0.12345678901234567"), look_in=1)
    assert fresh(job).cost == Decimal("0.123456789012")


def test_names_are_cut_to_their_columns() -> None:
    job = make_job("processing")
    names = {name: name[0] * 500 for name in ("provider", "model", "feature", "subfeature")}
    assert jobs.observe(job, answer("success", **names, public_id="i" * 500), look_in=1)
    row = fresh(job)
    assert (row.provider, row.model) == ("p" * 100, "m" * 200)
    assert (row.feature, row.subfeature, row.public_id) == ("f" * 100, "s" * 100, "i" * 255)


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "output", [{"score": float("nan")}, {"score": float("inf")}, _nested(100_000)]
)
@pytest.mark.parametrize("move", ["accept", "observe"])
def test_an_output_that_cannot_be_stored_ends_the_job_with_a_reason(output: Any, move: str) -> None:
    said = answer("success").model_copy(update={"output": output})
    if move == "accept":
        job = leased(make_job("submitting"))
        assert jobs.accept(job, LEASE, said, look_in=1)
        assert events_of(job) == ["submitted", "failed"]
    else:
        job = make_job("processing")
        assert jobs.observe(job, said, look_in=1)
        assert events_of(job) == ["failed"]
    row = fresh(job)
    assert (row.status, row.output) == ("fail", None)
    assert error_of(job)["type"] == "not_storable"
    assert row.public_id == said.public_id
    assert row.submitted_at
    assert row.cost == Decimal("0.0125")
    assert row.due_at is None


def test_a_synchronous_answer_that_cannot_be_stored_ends_the_job_as_well() -> None:
    """It tells no id, which no other job can have."""
    make_job("success", public_id=None)
    job = leased(make_job("submitting"))
    said = answer("success").model_copy(update={"public_id": "", "output": _nested(100_000)})
    assert jobs.accept(job, LEASE, said, look_in=1)
    assert (fresh(job).status, fresh(job).public_id) == ("fail", None)
    assert error_of(job)["type"] == "not_storable"


def _refusing_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    move, errors = writer.move, [error]

    def refusing(*args: Any, **changes: Any) -> jobs.Won:
        if errors:
            raise errors.pop()
        return move(*args, **changes)

    monkeypatch.setattr(writer, "move", refusing)


def test_the_reason_names_what_the_database_says(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job("processing")
    _refusing_once(monkeypatch, ValueError("A string can't hold \x00."))
    assert jobs.observe(job, answer("success"), look_in=1)
    reason = "The answer can't be stored: ValueError: A string can't hold ."
    assert error_of(job) == {"type": "not_storable", "message": reason}


def test_trouble_of_the_database_ends_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job("processing")
    _refusing_once(monkeypatch, OperationalError("database is locked"))
    with pytest.raises(OperationalError):
        jobs.observe(job, answer("success"), look_in=1)
    assert fresh(job).status == "processing"


def test_a_job_that_failed_has_come_no_way() -> None:
    job = make_job("processing", progress=0.5)
    assert jobs.observe(job, answer("fail"), look_in=1)
    assert fresh(job).progress is None


def test_what_has_ended_changes_no_more() -> None:
    job = make_job("success")
    before = row_of(job)
    assert not writer.move(job, Q(), note="One more word.")
    assert row_of(job) == before


@pytest.mark.parametrize("status", ["processing", "success"])
def test_an_id_that_another_job_has_makes_the_job_uncertain(status: str) -> None:
    other = make_job("processing")
    job = leased(make_job("submitting"))
    jobs.accept(job, LEASE, answer(status, public_id=other.public_id), look_in=1)
    row = fresh(job)
    assert (row.status, row.public_id) == ("uncertain", None)
    assert row.note == "The service answered with the id of another job."
    assert fresh(other).status == "processing"
    assert events_of(job) == ["uncertain"]


def test_an_id_that_another_job_has_is_not_adopted() -> None:
    other = make_job("processing")
    job = make_job("uncertain")
    assert not jobs.adopt(job, answer(public_id=other.public_id), look_in=1)
    assert fresh(job).status == "uncertain"


def test_two_backends_may_have_the_same_id() -> None:
    other = make_job("processing", backend="other")
    job = leased(make_job("submitting"))
    assert jobs.accept(job, LEASE, answer(public_id=other.public_id), look_in=1)
    assert fresh(job).status == "processing"


def test_a_move_and_its_event_are_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job("processing")
    monkeypatch.setattr(JobEvent.objects, "bulk_create", _explode)
    with pytest.raises(SystemError):
        jobs.observe(job, answer("success"), look_in=1)
    assert fresh(job).status == "processing"


def _explode(*args: Any) -> None:
    raise SystemError("killed")


def test_only_events_with_a_signal_are_due() -> None:
    job = leased(make_job("submitting"))
    jobs.lose(job, LEASE, "no answer")
    assert JobEvent.objects.get().deliver_at is None
    jobs.accept(job, LEASE, answer("success"), look_in=1)
    due = JobEvent.objects.filter(deliver_at__isnull=False)
    assert set(due.values_list("kind", flat=True)) == {"submitted", "succeeded"}


def test_an_unknown_word_is_noted_and_forgotten() -> None:
    job = make_job("processing")
    jobs.observe(job, answer("on_hold"), look_in=1)
    assert "on_hold" in fresh(job).note
    jobs.observe(job, answer(), look_in=1)
    assert fresh(job).note == ""
    assert fresh(job).polls == 2


def test_a_job_that_is_found_again_was_not_missing() -> None:
    job = make_job("processing")
    jobs.miss(job, "404", look_in=1, patience=60)
    since = fresh(job).missing_since
    assert since
    jobs.miss(job, "404", look_in=1, patience=60)
    assert fresh(job).missing_since == since
    jobs.seen([job.pk], look_in=1)
    assert fresh(job).missing_since is None


def test_progress_that_is_not_known_leaves_the_last_one() -> None:
    job = leased(make_job("processing", progress=0.25))
    assert jobs.renew(job, LEASE, None)
    assert fresh(job).progress == 0.25


def test_inside_a_transaction_of_the_host_a_move_is_part_of_it() -> None:
    job = make_job("processing")
    with transaction.atomic():
        assert jobs.observe(job, answer("success"), look_in=1)
        transaction.set_rollback(True)
    assert fresh(job).status == "processing"
    assert events_of(job) == []


def test_a_job_that_was_not_taken_says_why_and_when_it_goes_again() -> None:
    why = "no " * 300
    job = leased(make_job("submitting", token_hash="h"))
    assert jobs.defer(job, LEASE, why, seconds=60.26)
    row = fresh(job)
    assert (row.status, row.note, row.token_hash) == ("pending", why[:500], "")
    assert (row.lease_owner, row.lease_until) == (None, None)
    assert 30 < due_in(job) <= 60.3
    assert [event.detail for event in job.events.all()] == [{"reason": why, "seconds": 60.3}]


@pytest.mark.parametrize(("reason", "events"), [("no", 1), ("not now", 2), ("", 1)])
def test_the_same_reason_again_and_none_leave_no_trace(reason: str, events: int) -> None:
    job = leased(make_job())
    jobs.defer(job, LEASE, "no", seconds=1)
    jobs.defer(leased(fresh(job)), LEASE, reason, seconds=1)
    assert job.events.count() == events
    assert fresh(job).note == reason


def test_what_the_list_says_is_said_of_those_at_work_only() -> None:
    listed, other, ended = make_job("processing"), make_job("processing"), make_job("success")
    change(listed, missing_since=in_seconds(-5), unlisted_at=in_seconds(-5))
    before = [row_of(each) for each in (other, ended)]
    jobs.seen([listed.pk, ended.pk], look_in=60)
    row = fresh(listed)
    assert 30 < due_in(listed) <= 60
    assert (row.polls, row.missing_since, row.unlisted_at) == (1, None, None)
    assert row.seen_at
    jobs.unlisted([listed.pk, ended.pk])
    assert due_in(listed) <= 0
    assert fresh(listed).unlisted_at
    assert [row_of(each) for each in (other, ended)] == before


def test_a_missing_cost_is_asked_for_later_and_at_last_not_at_all() -> None:
    priced, unpriced = make_job("success", cost=1), make_job("success", cost=None)
    other = make_job("success", cost=None, backend="local", due_at=in_seconds(5))
    for job in (priced, unpriced):
        jobs.wait_for_cost(job)
    assert fresh(priced).due_at is None
    assert 0.8 * writer.LONG_COST_PAUSE < due_in(unpriced) <= writer.LONG_COST_PAUSE
    open_ = change(make_job("processing", cost=None), due_at=in_seconds(5))
    jobs.leave_costs("default")
    assert fresh(unpriced).due_at is None
    assert fresh(other).due_at
    assert fresh(open_).due_at
