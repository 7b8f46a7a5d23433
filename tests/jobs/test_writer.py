from __future__ import annotations

import uuid
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from django_universal_ai import jobs
from django_universal_ai.jobs import counting, writer
from django_universal_ai.models import JobEvent, Uncounted, UniversalAIJob
from tests.rows import answer, error_of, events_of, fresh, in_seconds, make_job

pytestmark = pytest.mark.django_db


def at_work(count: int) -> list[UniversalAIJob]:
    return [make_job("processing") for _ in range(count)]


def ends(job: UniversalAIJob, **fields: Any) -> jobs.Step:
    said = answer("success").model_copy(update={"public_id": job.public_id, **fields})
    return partial(jobs.observe, job, said, look_in=1)


class TestTogether:
    def test_moves_share_a_transaction_and_say_who_won(self) -> None:
        ended = make_job("success")
        first, last = at_work(2)
        with CaptureQueriesContext(connection) as queries:
            assert jobs.together([ends(first), ends(ended), ends(last)]) == [True, False, True]
        assert {fresh(first).status, fresh(last).status} == {"success"}
        assert [events_of(job) for job in (first, ended, last)] == [
            ["succeeded"],
            [],
            ["succeeded"],
        ]
        inserts = [query for query in queries if "INSERT" in query["sql"]]
        assert len(inserts) == 2  # the events, and what is to be counted

    def test_one_that_cannot_be_stored_ends_for_itself_and_holds_up_no_other(self) -> None:
        """No database takes what isn't a number."""
        good, bad, other = at_work(3)
        steps = [ends(good), ends(bad, output={"text": float("nan")}), ends(other)]
        assert jobs.together(steps) == [True, True, True]
        assert [fresh(job).status for job in (good, bad, other)] == ["success", "fail", "success"]
        assert error_of(bad)["type"] == "not_storable"
        assert JobEvent.objects.count() == 3

    def test_the_id_of_another_job_is_nobody_elses_fault(self) -> None:
        taken, good = at_work(2)
        sent = make_job()
        ticket = jobs.begin_submission(sent, seconds=60)
        assert ticket
        said = answer(public_id=taken.public_id)
        steps: list[jobs.Step] = [
            partial(jobs.accept, sent, ticket.lease, said, look_in=1),
            ends(good),
        ]
        jobs.together(steps)
        assert fresh(sent).status == "uncertain"
        assert fresh(good).status == "success"

    def test_trouble_that_passes_is_tried_again_as_a_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("django_universal_ai.models.database.time.sleep", lambda seconds: None)
        made = at_work(2)
        troubles = [OperationalError("database is locked")]

        def locked() -> bool:
            if troubles:
                raise troubles.pop()
            return True

        assert jobs.together([ends(made[0]), locked, ends(made[1])]) == [True, True, True]
        assert [events_of(job) for job in made] == [["succeeded"], ["succeeded"]]

    def test_trouble_that_stays_is_raised(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django_universal_ai.models.database.time.sleep", lambda seconds: None)

        def locked() -> bool:
            raise OperationalError("database is locked")

        (job,) = at_work(1)
        with pytest.raises(OperationalError):
            jobs.together([ends(job), locked])
        assert fresh(job).status == "processing"
        assert writer._batch.get() is None

    def test_of_one_alone_as_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django_universal_ai.models.database.time.sleep", lambda seconds: None)

        def locked(updates: object) -> list[bool]:
            raise OperationalError("database is locked")

        (job,) = at_work(1)
        with monkeypatch.context() as patched:
            patched.setattr(writer, "update_rows", locked)
            with pytest.raises(OperationalError):
                ends(job)()
        assert fresh(job).status == "processing"

    def test_costs_that_come_late_are_counted_together(self) -> None:
        first, second = (make_job("success", cost=None) for _ in range(2))
        paid = make_job("success", cost=5)
        free = make_job("success", cost=None, due_at=in_seconds(5))
        steps = [
            partial(jobs.fill_cost, job, cost)
            for job, cost in (
                (first, Decimal(1)),
                (paid, Decimal(9)),
                (second, Decimal(2)),
                (free, None),
            )
        ]
        with CaptureQueriesContext(connection) as queries:
            assert jobs.together(steps) == [True, False, True, True]
        assert [fresh(job).cost for job in (first, paid, second, free)] == [1, 5, 2, None]
        assert fresh(free).due_at is None
        told = Uncounted.objects.values_list("job_id", "cost", "counts_end")
        assert set(told) == {(first.pk, Decimal(1), False), (second.pk, Decimal(2), False)}
        assert len([query for query in queries if "INSERT" in query["sql"]]) == 1

    def test_none_is_none(self) -> None:
        assert jobs.together([]) == []

    @pytest.mark.parametrize("count", [1, 2])
    def test_who_won_is_told_before_the_transaction_ends(self, count: int) -> None:
        ended = make_job("success")
        told: list[list[bool]] = []
        steps = [*(ends(job) for job in at_work(count - 1)), ends(ended)]
        won = jobs.together(steps, then=told.append)
        assert told == [won] == [[True] * (count - 1) + [False]]

    def test_a_step_may_ask_before_the_transaction_ends(self) -> None:
        """Which sends it, and all that wait, so that what follows can depend on it."""
        first, second, third = at_work(3)

        def one_of(job: UniversalAIJob, other: UniversalAIJob) -> jobs.Won:
            return ends(job)() or ends(other)()

        ended = make_job("success")
        steps: list[jobs.Step] = [ends(first)]
        steps += [partial(one_of, second, third), partial(one_of, ended, ended)]
        assert jobs.together(steps) == [True, True, False]
        assert [fresh(job).status for job in (first, second)] == ["success", "success"]
        assert fresh(third).status == "processing"

    def test_each_end_is_to_be_counted(self) -> None:
        made = at_work(2)
        assert jobs.together([ends(job) for job in made]) == [True, True]
        told = Uncounted.objects.values_list("job_id", "counts_end")
        assert set(told) == {(job.pk, True) for job in made}

    def test_a_cost_that_is_not_counted_is_not_stored(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(ids: list[uuid.UUID]) -> None:
            raise RuntimeError("no")

        job = make_job("success", cost=None)
        monkeypatch.setattr(counting, "note_costs", broken)
        with pytest.raises(RuntimeError):
            jobs.fill_cost(job, Decimal(1))
        assert fresh(job).cost is None
