from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db.models import QuerySet

from django_universal_ai import limits
from django_universal_ai.exceptions import RateLimited
from django_universal_ai.models import Account
from tests.counted import Counted, account, an_hour_passes, backend
from tests.rows import in_seconds
from tests.site import Site
from tests.upstream import busiest

pytestmark = pytest.mark.django_db


class TestRate:
    def test_how_long_it_is_busy(self) -> None:
        slow = backend(0.01)
        assert limits.busy_for(slow) == 0
        limits.take(slow)
        assert 60 < (limits.busy_for(slow) or 0) < 120
        limits.close_gate(slow, 2)
        assert 1 < (limits.busy_for(slow) or 0) < 3
        limits.close_gate(slow, 60)
        assert limits.busy_for(slow) is None

    def test_nobody_counts_where_no_rate_is_given(self) -> None:
        turns = limits.take(backend(), 500)
        assert len(turns) == 500
        assert not any(turn.seconds_left for turn in turns)

    def test_turns_have_distance(self) -> None:
        turns = limits.take(backend(10), 4)
        moments = [turn.moment for turn in turns]
        assert len(moments) == 4
        gaps = [later - sooner for sooner, later in pairwise(moments)]
        assert all(gap == pytest.approx(1 / 9.5) for gap in gaps)
        assert turns[0].seconds_left < 0.05

    def test_turns_of_others_are_behind_each_other(self) -> None:
        limits.take(backend(10), 4)
        until = account().next_request_at
        assert until
        limits.take(backend(10), 1)
        (end,) = Account.objects.values_list("next_request_at", flat=True)
        assert end
        assert (end - until).total_seconds() == pytest.approx(1 / 9.5, abs=0.001)

    def test_somebody_who_waits_takes_one_turn(self) -> None:
        limits.take_one(backend(10))
        assert 0 < limits.booked_for(account()) <= 1 / 9.5
        an_hour_passes()
        assert limits.booked_for(account()) == 0

    def test_a_moment_that_went_by_is_lost_where_a_rate_is_kept(self) -> None:
        long_ago = time.monotonic() - 1
        assert limits.Turn(long_ago, is_paced=True).is_stale
        assert not limits.Turn(long_ago).is_stale
        assert not limits.Turn(time.monotonic(), is_paced=True).is_stale
        assert all(turn.is_paced for turn in limits.take(backend(10), 2))

    def test_nobody_reserves_more_than_a_second_ahead(self) -> None:
        taken = 0
        while turns := limits.take(backend(10), 100):
            taken += len(turns)
            assert turns[-1].seconds_left < limits.HORIZON + 0.6
        assert 5 <= taken <= 10

    def test_a_slow_account_gives_one_turn_at_a_time(self) -> None:
        assert len(limits.take(backend(0.5), 10)) == 1
        assert limits.take(backend(0.5), 1) == []

    def test_what_was_not_used_in_time_is_not_saved_up(self) -> None:
        limits.take(backend(10))
        Account.objects.update(next_request_at=in_seconds(-3600))
        turns = limits.take(backend(10), 3)
        assert turns[0].moment <= time.monotonic()
        assert turns[1].moment - turns[0].moment == pytest.approx(1 / 9.5)

    def test_a_turn_is_waited_for(self) -> None:
        turn = limits.Turn(time.monotonic() + 0.1)
        turn.await_moment()
        assert turn.seconds_left == 0

    def test_two_processes_may_make_the_account_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limits.ensure("counted")
        monkeypatch.setattr(QuerySet, "exists", lambda self: False)
        limits.ensure("counted")
        assert Account.objects.count() == 1


class Contested(Counted):
    """Others take the next moment between our look and our own UPDATE, so many times."""

    lost = 0

    @property
    def rate_limit(self) -> float:
        if self.lost:
            self.lost -= 1
            next_at = account().next_request_at or in_seconds(0)
            Account.objects.update(next_request_at=next_at + timedelta(milliseconds=1))
        return 10.0


class Raced(Counted):
    """Another process does something between our look and our own UPDATE."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__("counted", {})
        self.happens = [happens]
        self.seen = 0

    @property
    def account(self) -> str:
        self.seen += 1
        if self.seen == 2:
            self.happens.pop()()
        return "counted"


class TestRaces:
    def test_of_two_that_would_probe_one_does(self) -> None:
        limits.open_breaker(backend(), "402")
        an_hour_passes()
        assert limits.take(Raced(lambda: limits.take(backend()))) == []

    def test_an_account_that_works_again_needs_no_probe(self) -> None:
        limits.open_breaker(backend(), "402")
        an_hour_passes()
        assert limits.take(Raced(lambda: limits.close_breaker(backend()))) == []
        assert account().closed_until is None

    def test_who_is_overtaken_asks_again(self) -> None:
        contested = Contested("counted", {})
        contested.lost = 1
        assert len(limits.take(contested, 2)) == 2

    def test_who_is_overtaken_time_and_again_gets_nothing_for_now(self) -> None:
        contested = Contested("counted", {})
        contested.lost = 1000
        assert limits.take(contested) == []
        contested.lost = 0
        assert limits.take(contested)


class TestPace:
    """Others may use the same account, with processes that we know nothing of."""

    def refused(self) -> None:
        limits.close_gate(backend(10), 0)
        Account.objects.update(closed_until=None, next_request_at=None)

    def distance(self) -> float:
        first, second = limits.take(backend(100), 2)
        return second.moment - first.moment

    def test_a_refusal_slows_us_down(self) -> None:
        self.refused()
        assert limits.FALL <= limits.pace_now(account()) < limits.NEAR
        assert self.distance() > 1 / 95 / limits.NEAR

    def test_what_was_under_way_together_is_refused_together_and_counts_once(self) -> None:
        for _ in range(5):
            self.refused()
        assert limits.pace_now(account()) >= limits.FALL

    def test_it_falls_to_a_least_and_recovers_with_time(self) -> None:
        for _ in range(20):
            self.refused()
            Account.objects.update(paced_at=in_seconds(-1.1))
        assert account().pace < 0.2
        Account.objects.update(paced_at=in_seconds(-4000), next_request_at=None)
        assert self.distance() == pytest.approx(1 / 95, rel=0.02)

    def test_it_soon_comes_near_to_what_was_refused_and_goes_beyond_it_slowly(self) -> None:
        self.refused()
        Account.objects.update(pace=0.5)
        paces = []
        for seconds in (0, 1, 3, 30, 63, 123):
            Account.objects.update(paced_at=in_seconds(-seconds))
            paces.append(limits.pace_now(account()))
        assert paces == pytest.approx([0.4, 0.43, 0.485, 0.488, 0.515, 0.725], abs=0.01)


class TestPriority:
    def test_somebody_who_waits_finds_room_behind_the_engine(self) -> None:
        while limits.take(backend(10), 100):
            pass
        assert limits.take(backend(10)) == []
        turn = limits.take_one(backend(10))
        assert not turn.seconds_left

    def test_what_can_wait_leaves_the_account_to_the_others(self) -> None:
        assert limits.take(backend(10), 5)
        assert limits.take(backend(10), patient=True) == []
        an_hour_passes()
        assert limits.take(backend(10), patient=True)

    def test_an_account_whose_turns_are_all_gone_says_so(self) -> None:
        limits.ensure("counted")
        Account.objects.update(next_request_at=in_seconds(60))
        with pytest.raises(RateLimited, match="limit is used up"):
            limits.take_one(backend(10))


# ----------------------------------------------------------------- measured by who is being asked


HAMMER = """
import threading, time
from django.db import connection
from django_universal_ai import limits
from django_universal_ai.backends import backends
backend, stop_at, moments = backends["default"], time.monotonic() + 4, []
def ask():
    while time.monotonic() < stop_at:
        turns = limits.take(backend, 3)
        moments.extend(turn.moment for turn in turns)
        time.sleep(turns[-1].seconds_left if turns else 0.01)
    connection.close()
threads = [threading.Thread(target=ask) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(moments))
"""


@pytest.mark.slow
def test_threads_of_several_processes_keep_the_rate_together(tmp_path: Path) -> None:
    """By the moments that they are given: one clock counts for all processes of a machine."""
    site = Site(tmp_path / "site", "http://127.0.0.1:9", options={"rate_limit": 20})
    processes = [site.start(HAMMER) for _ in range(2)]
    moments: list[float] = []
    for process in processes:
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        moments += json.loads(printed)
    assert busiest(sorted(moments), 1.0) <= 20
    assert len(moments) > 20  # more than a second's worth: it was put to use
