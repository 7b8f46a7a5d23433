from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from django_universal_ai import jobs
from django_universal_ai.jobs import telling, writer
from django_universal_ai.models import Status, UniversalAIJob
from django_universal_ai.signals import StatusChange, status_changed
from tests.rows import AUDIO, LEASE, URL, change, leased, make_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told() -> Iterator[list[StatusChange]]:
    """What the signal told."""
    heard: list[StatusChange] = []

    def receiver(change: StatusChange, **kwargs: object) -> None:
        heard.append(change)

    status_changed.connect(receiver)
    yield heard
    status_changed.disconnect(receiver)


def steps(told: list[StatusChange]) -> list[tuple[str | None, str]]:
    return [(each.before, each.after) for each in told]


def test_a_life_is_told_step_by_step(told: list[StatusChange]) -> None:
    job = jobs.submit(model=AUDIO, input={"file": URL})
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket is not None
    jobs.lose(job, ticket.lease, "No answer.")
    jobs.give_up(job, "Nobody knows.")
    assert steps(told) == [
        (None, "pending"),
        ("pending", "submitting"),
        ("submitting", "uncertain"),
        ("uncertain", "fail"),
    ]
    assert {(each.job_id, each.model, each.backend) for each in told} == {
        (job.pk, AUDIO, "default")
    }


@pytest.mark.parametrize("before", [Status.SUBMITTING, Status.UNCERTAIN, Status.PENDING])
def test_where_it_came_from_is_told_of_moves_from_several_states(
    before: Status, told: list[StatusChange]
) -> None:
    job = leased(make_job(before))
    assert jobs.abandon(job, LEASE, {"type": "file"})
    assert steps(told) == [(before, "fail")]


def test_the_usual_way_costs_no_more_statements(told: list[StatusChange]) -> None:
    job = leased(make_job("submitting"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        jobs.abandon(job, LEASE, {"type": "file"})
    assert sum(query["sql"].startswith("UPDATE") for query in queries.captured_queries) == 1


def test_what_stays_in_its_state_isnt_told(told: list[StatusChange]) -> None:
    job = leased(make_job("pending"))
    assert jobs.defer(job, LEASE, "Not now.", seconds=5)
    assert told == []


def test_what_was_lost_isnt_told(told: list[StatusChange]) -> None:
    job = make_job("success")
    assert not jobs.abandon(job, LEASE, {"type": "file"})
    assert told == []


def test_nothing_is_told_of_what_was_undone(told: list[StatusChange]) -> None:
    with transaction.atomic():
        jobs.submit(model=AUDIO, input={"file": URL})
        transaction.set_rollback(True)
    assert told == []


def test_a_batch_is_told_after_its_commit(told: list[StatusChange]) -> None:
    lost = [change(make_job("uncertain")) for _ in range(2)]
    seen: list[int] = []

    def end(job: UniversalAIJob) -> jobs.Step:
        def step() -> jobs.Won:
            seen.append(len(told))
            return jobs.give_up(job, "Enough.")

        return step

    assert writer.together([end(job) for job in lost]) == [True, True]
    assert seen == [0, 0]
    assert [each.job_id for each in told] == [job.pk for job in lost]


def test_many_new_ones_are_told(told: list[StatusChange]) -> None:
    made = jobs.submit_many([{"model": AUDIO, "input": {"file": URL}}] * 2)
    assert [each.job_id for each in told] == [job.pk for job in made]


def test_a_receivers_trouble_is_its_own(caplog: pytest.LogCaptureFixture) -> None:
    def broken(**kwargs: object) -> None:
        raise ZeroDivisionError

    status_changed.connect(broken)
    try:
        job = jobs.submit(model=AUDIO, input={"file": URL})
    finally:
        status_changed.disconnect(broken)
    assert job.status == Status.PENDING
    assert "broken" in caplog.text


def test_a_condition_without_a_status_tells_what_was_read() -> None:
    when = Q(candidate=1) & ~Q(status="fail")
    assert telling.before(UniversalAIJob(status="uncertain"), when) == "uncertain"


def test_a_status_may_stand_in_a_part_of_the_condition() -> None:
    when = Q(Q(candidate=0) & Q(status="submitting"), polls=1)
    assert telling.before(UniversalAIJob(status="uncertain"), when) == "submitting"


def test_a_condition_with_other_statuses_than_was_read_tells_its_first() -> None:
    when = Q(status__in=("submitting", "uncertain"))
    assert telling.before(UniversalAIJob(status="pending"), when) == "submitting"
