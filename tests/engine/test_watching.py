from __future__ import annotations

import sys
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from django_universal_ai import engine, limits, tasks
from django_universal_ai.backends import BaseBackend
from django_universal_ai.contract import JobList
from django_universal_ai.engine import crew, flight, sweeping
from django_universal_ai.engine.sweeping import Sweep
from django_universal_ai.models import Account
from tests.remote import Configure
from tests.rows import change, due_in, events_of, fresh, in_seconds, make_due, make_job
from tests.upstream import Upstream

from .looking import LIST, advance, at_work, details, finish, lists

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("endless")]


def test_a_single_job_is_asked_for_by_itself(remote: BaseBackend, upstream: Upstream) -> None:
    (job,) = at_work(1)
    made = advance(upstream)
    assert (lists(made), details(made)) == (0, 1)
    assert (fresh(job).status, fresh(job).polls) == ("processing", 1)
    assert due_in(job) > 5
    finish(upstream, job)
    make_due(job)
    made = advance(upstream)
    assert (lists(made), details(made)) == (0, 1)
    assert (fresh(job).status, fresh(job).output) == ("success", upstream.settings.output)
    assert events_of(job) == ["submitted", "succeeded"]
    assert advance(upstream) == []


def test_one_list_tells_of_all_that_are_at_work(remote: BaseBackend, upstream: Upstream) -> None:
    made = at_work(20)
    ended, badly, *others = made
    finish(upstream, ended)
    finish(upstream, badly, status="fail", error={"message": "Too long."})
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 2)
    assert requests[0].query == {"status": "processing", "page": "1", "limit": "1000"}
    assert fresh(ended).status == "success"
    assert (fresh(badly).status, fresh(badly).error) == ("fail", {"message": "Too long."})
    for job in others:
        assert (fresh(job).status, fresh(job).polls) == ("processing", 1)
    # The two oldest make the list be read again soon, as it had news.
    soon, *rest = sorted(map(due_in, others))[1:]
    assert soon <= 1 < 5 < min(rest)
    assert advance(upstream) == []


def test_a_job_that_left_the_list_is_fetched_before_its_time(
    remote: BaseBackend, upstream: Upstream
) -> None:
    first, second, third = at_work(3)
    change(third, due_at=in_seconds(500))
    finish(upstream, first, second, third)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 3)
    assert fresh(third).status == "success"


def test_a_young_job_may_be_missing_from_a_list_that_is_behind(
    remote: BaseBackend, upstream: Upstream
) -> None:
    old = at_work(2)
    upstream.settings.list_lag = 100
    (young,) = at_work(1, age=0)
    change(young, due_at=in_seconds(50))
    make_due(*old)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 2)
    assert fresh(young).polls == 0


def test_a_job_whose_time_is_far_off_keeps_it_while_it_is_listed(
    remote: BaseBackend, upstream: Upstream
) -> None:
    *_, later = at_work(3)
    change(later, due_at=in_seconds(500))
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 0)
    assert fresh(later).polls == 0
    assert 400 < due_in(later) <= 500


def test_a_list_that_is_behind_only_delays(remote: BaseBackend, upstream: Upstream) -> None:
    made = at_work(3)
    advance(upstream)
    for job in upstream.jobs.all():
        job.started_at -= 1000
    finish(upstream, *made)
    upstream.settings.list_lag = 100
    make_due(*made)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 0)
    upstream.settings.list_lag = 0
    make_due(*made)
    advance(upstream)
    assert {fresh(job).status for job in made} == {"success"}


def test_a_long_list_is_read_to_its_end(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = at_work(5)
    finish(upstream, made[0])
    monkeypatch.setattr("django_universal_ai.engine.watching.PAGE", 2)
    requests = advance(upstream)
    assert [entry.query["page"] for entry in requests if entry.path == LIST] == ["1", "2"]
    assert details(requests) == 1


def test_reading_stops_where_all_of_ours_were_seen(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account also works for others."""
    for _ in range(6):
        upstream.jobs.start("main", {"model": "a/b/c", "input": {}})
    at_work(2)
    monkeypatch.setattr("django_universal_ai.engine.watching.PAGE", 2)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 0)


def test_reading_takes_no_more_than_its_share_of_the_rate(
    configure: Configure, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(rate_limit=10)
    at_work(3)
    monkeypatch.setattr("django_universal_ai.engine.watching.PAGE", 1)
    assert lists(advance(upstream)) == 3
    assert Account.objects.get().sweep_pause == pytest.approx(3 / (10 * sweeping.SHARE))


def test_a_long_reading_stays_ours(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or another process would begin its own in the middle of it."""
    monkeypatch.setattr(flight, "TEND_EVERY", 0.0)
    monkeypatch.setattr("django_universal_ai.engine.watching.PAGE", 1)
    at_work(2)
    read, left = Sweep.read, []

    def slow(sweep: Sweep, answer: JobList) -> bool:
        until = Account.objects.get().swept_until
        assert until
        left.append((until - timezone.now()).total_seconds())
        Account.objects.update(swept_until=in_seconds(1))  # so long did the page take
        return read(sweep, answer)

    monkeypatch.setattr(Sweep, "read", slow)
    advance(upstream)
    assert len(left) == 2
    assert min(left) > 10


@pytest.mark.parametrize("others", [0, 2])
def test_a_look_whose_moment_went_by_is_made_at_the_next(
    others: int, configure: Configure, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a job, and of a page of the list."""
    configure(rate_limit=50, concurrency=1)
    at_work(1 + others)
    is_stale: Any = vars(limits.Turn)["is_stale"]
    late = [True]

    def once(turn: limits.Turn) -> bool:
        # In the hand it is in time, and on the wire too late.
        in_crew = sys._getframe(1).f_code is crew.Crew._call.__code__
        return bool(late and in_crew and late.pop()) or bool(is_stale.fget(turn))

    monkeypatch.setattr(limits.Turn, "is_stale", property(once))
    requests = advance(upstream)
    assert not late
    assert (lists(requests), details(requests)) == ((1, 0) if others else (0, 1))


def test_one_process_at_a_time_watches_an_account(remote: BaseBackend, upstream: Upstream) -> None:
    at_work(2)
    Account.objects.update(sweeper=uuid4(), swept_until=in_seconds(60))
    assert advance(upstream) == []
    Account.objects.update(swept_until=in_seconds(-1))
    assert lists(advance(upstream)) == 1
    account = Account.objects.get()
    assert (account.sweeper, account.swept_until) == (None, None)


def test_a_watch_that_another_took_over_is_not_ended_by_us(
    remote: BaseBackend, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work(2)
    other = uuid4()

    def overtaken(sweep: Sweep, answer: JobList) -> bool:
        Account.objects.update(sweeper=other)
        return False

    monkeypatch.setattr(Sweep, "read", overtaken)
    advance(upstream)
    assert Account.objects.get().sweeper == other


class TestLook:
    """``poll_job``: one job, now."""

    def test_it_looks_before_the_time(self, remote: BaseBackend, upstream: Upstream) -> None:
        (job,) = at_work(1)
        change(job, due_at=in_seconds(500))
        tasks.poll_job(str(job.pk))
        assert (fresh(job).status, fresh(job).polls) == ("processing", 1)
        finish(upstream, job)
        tasks.poll_job(str(job.pk))
        assert fresh(job).status == "success"

    @pytest.mark.parametrize("status", ["pending", "submitting", "uncertain", "success", "fail"])
    def test_a_job_that_is_not_at_work_is_left_alone(
        self, status: str, remote: BaseBackend, upstream: Upstream
    ) -> None:
        job = make_job(status)
        assert not engine.look(job)
        assert upstream.ledger.requests() == []

    def test_trouble_is_no_error(self, remote: BaseBackend, upstream: Upstream) -> None:
        (job,) = at_work(1)
        upstream.fault("lost", method="GET")
        assert not engine.look(job)
        Account.objects.update(closed_until=in_seconds(60))
        assert not engine.look(job)
        assert len(upstream.ledger.requests("GET")) == 1
