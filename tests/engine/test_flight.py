from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from django_universal_ai import limits
from django_universal_ai.backends import BaseBackend
from django_universal_ai.engine import flight
from django_universal_ai.engine.crew import Crew
from django_universal_ai.engine.flight import fly
from django_universal_ai.engine.sources import Landing, Source, TableSource
from django_universal_ai.limits import Turn

pytestmark = pytest.mark.django_db

NEVER = float("inf")


class Numbers(Source[int]):
    """Calls ``ask`` with each number. Number 1 isn't ours."""

    def __init__(self, *numbers: int, ask: Callable[[int], Any] = int) -> None:
        self.waiting = deque(numbers)
        self.ask = ask
        self.landed: list[int] = []
        self.batches: list[int] = []
        self.closed = False

    def backlog(self) -> int:
        return len(self.waiting)

    def next(self) -> tuple[int, Callable[[], Any]] | None:
        number = self.waiting.popleft()
        return None if number == 1 else (number, partial(self.ask, number))

    def land(self, landings: Sequence[Landing[int]]) -> int:
        self.batches.append(len(landings))
        self.landed += [landing.item for landing in landings]
        return len(landings)

    def close(self) -> None:
        self.closed = True


class Chunks(TableSource[int, int]):
    """Takes one chunk of numbers at a time, and looks again at once where there may be more."""

    again = 3600.0

    def __init__(self, *chunks: list[int]) -> None:
        super().__init__()
        self.chunks = deque(chunks)
        self.landed: list[int] = []

    def _refill(self) -> bool:
        self._waiting.extend(self.chunks.popleft())
        return bool(self.chunks)

    def next(self) -> tuple[int, Callable[[], Any]]:
        number = self._waiting.popleft()
        return number, partial(int, number)

    def land(self, landings: Sequence[Landing[int]]) -> int:
        self.landed += [landing.item for landing in landings]
        return len(landings)


class Patient(Numbers):
    is_patient = True


class Paid(Numbers):
    is_paid = True


class Wide(BaseBackend):
    """Counts no requests."""

    defaults = {"concurrency": 3, "rate_limit": None}


def wide(**options: Any) -> Wide:
    return Wide("wide", options)


class TestCrew:
    def test_a_single_call_is_made_in_this_thread(self) -> None:
        with Crew(1) as crew:
            crew.launch(Numbers(), Landing(7, Turn(0)), threading.get_ident)
            assert crew.is_full
            landed = crew.landed(0)
        assert landed
        assert (landed[1].item, landed[1].result()) == (7, threading.get_ident())
        assert not crew.up

    def test_several_calls_are_under_way_at_once(self) -> None:
        both = threading.Barrier(2, timeout=10)
        with Crew(2) as crew:
            for item in (2, 3):
                crew.launch(Numbers(), Landing(item, Turn(0)), both.wait)
            assert crew.room_in == NEVER
            landed = [crew.landed(10), crew.landed(10)]
        assert {each[1].item for each in landed if each} == {2, 3}

    @pytest.mark.parametrize("width", [1, 2])
    def test_what_a_call_raises_lands_with_its_item(self, width: int) -> None:
        with Crew(width) as crew:
            crew.launch(Numbers(), Landing(2, Turn(0)), partial(int, "x"))
            landed = crew.landed(10)
        assert landed
        with pytest.raises(ValueError, match="invalid literal"):
            landed[1].result()

    def test_it_widens_while_answers_take_their_time(self) -> None:
        """A single answer that never comes mustn't hold up all others."""
        free = threading.Event()
        with Crew(3) as crew:
            crew.launch(Numbers(), Landing(2, Turn(0)), partial(free.wait, 10))
            assert crew.room_in < NEVER
            time.sleep(crew.room_in)
            assert not crew.is_full
            free.set()


class TestFly:
    @pytest.mark.parametrize("width", [1, 3])
    def test_what_was_launched_lands_and_what_is_not_ours_does_not(self, width: int) -> None:
        numbers = Numbers(*range(6))
        assert fly(wide(concurrency=width), [numbers], NEVER) == 5
        assert sorted(numbers.landed) == [0, 2, 3, 4, 5]
        assert numbers.closed

    def test_rows_are_taken_chunk_by_chunk_until_one_is_the_last(self) -> None:
        source = Chunks([2, 3], [4, 5], [6])
        assert fly(wide(), [source], NEVER) == 5
        assert sorted(source.landed) == [2, 3, 4, 5, 6]

    @pytest.mark.parametrize(("kind", "most"), [(Paid, flight.TOGETHER), (Numbers, flight.MANY)])
    def test_what_landed_is_stored_together(self, kind: type[Numbers], most: int) -> None:
        """What was paid for in small batches: that much would be uncertain after a crash."""
        numbers = kind(*range(2, 202))
        fly(wide(), [numbers], NEVER)
        assert max(numbers.batches) < most + 3  # so many may land at once
        assert len(numbers.batches) < len(numbers.landed)

    def test_sources_take_turns_and_a_patient_one_waits(self) -> None:
        order: list[int] = []
        first, second = Numbers(2, 3, 4, ask=order.append), Numbers(12, 13, 14, ask=order.append)
        last = Patient(22, 23, ask=order.append)
        fly(wide(concurrency=1), [last, first, second], NEVER)
        assert order == [2, 12, 3, 13, 4, 14, 22, 23]

    def test_a_weight_counts_wherever_the_source_stands(self) -> None:
        """Sources that have nothing, or are patient, come to stand before those that have."""

        class Heavy(Numbers):
            weight = 3

        order: list[int] = []
        heavy, light = Heavy(*range(2, 10), ask=order.append), Numbers(12, 13, ask=order.append)
        fly(wide(concurrency=1), [heavy, light, Patient(22, ask=order.append)], NEVER)
        assert order == [2, 3, 4, 12, 5, 6, 7, 13, 8, 9, 22]

    def test_trouble_with_one_source_does_not_lose_what_others_paid_for(self) -> None:
        class Broken(Numbers):
            def land(self, landings: Sequence[Landing[int]]) -> int:
                raise OperationalError("the database is away for a moment")

        paid = Paid(2, 3)
        with pytest.raises(OperationalError):
            fly(wide(), [Broken(4, 5), paid], NEVER)
        assert set(paid.landed) | set(paid.waiting) == {2, 3}
        assert paid.closed

    def test_nothing_leaves_when_the_time_is_up(self) -> None:
        numbers = Numbers(2, 3)
        assert fly(wide(), [numbers], 0) == 0
        assert list(numbers.waiting) == [2, 3]
        assert numbers.closed

    def test_a_process_that_stood_still_makes_up_for_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Turns whose moments went by are lost: the service counts what arrives in a second."""
        late = [Turn(time.monotonic() - 1, is_paced=True) for _ in range(5)]
        given = iter([[Turn(time.monotonic()), *late]])
        monkeypatch.setattr(limits, "take", lambda *args, **kwargs: next(given, []))
        monkeypatch.setattr(limits, "busy_for", lambda backend: None)
        numbers = Numbers(2, 3)
        fly(wide(concurrency=1), [numbers], time.monotonic() + 60)
        assert (numbers.landed, list(numbers.waiting)) == ([2], [3])

    @pytest.mark.parametrize(("waits", "landed"), [(True, [2, 3]), (False, [2])])
    def test_a_pass_waits_for_turns_that_others_hold_and_a_message_does_not(
        self, monkeypatch: pytest.MonkeyPatch, waits: bool, landed: list[int]
    ) -> None:
        given = iter([[Turn(time.monotonic())], [], [], [Turn(time.monotonic())]])
        monkeypatch.setattr(limits, "take", lambda *args, **kwargs: next(given))
        monkeypatch.setattr(limits, "busy_for", lambda backend: 0.01)
        numbers = Numbers(2, 3)
        fly(wide(concurrency=1), [numbers], NEVER, waits=waits)
        assert numbers.landed == landed

    def test_nobody_waits_for_an_account_that_is_closed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "take", lambda *args, **kwargs: [])
        monkeypatch.setattr(limits, "busy_for", lambda backend: None)
        numbers = Numbers(2)
        assert fly(wide(concurrency=1), [numbers], NEVER) == 0
        assert list(numbers.waiting) == [2]

    def test_no_receiver_runs_while_something_paid_is_under_way(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It may take its time, or end the process."""
        monkeypatch.setattr(flight, "ERRANDS_EVERY", 0.0)
        under_way: set[int] = set()
        seen: list[set[int]] = []

        def ask(number: int) -> None:
            under_way.add(number)
            time.sleep(0.01)
            under_way.discard(number)

        def run_errands() -> int:
            seen.append(set(under_way))
            return 0

        numbers = Paid(*range(2, 12), ask=ask)
        fly(wide(), [numbers], NEVER, errands=lambda: True, run_errands=run_errands)
        assert sorted(numbers.landed) == list(range(2, 12))
        assert seen
        assert set().union(*seen) == set()
