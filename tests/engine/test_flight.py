from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from django_universal_ai import limits
from django_universal_ai.backends import BaseBackend
from django_universal_ai.engine.flight import Flight, fly
from django_universal_ai.limits import Turn

pytestmark = pytest.mark.django_db


def test_a_single_call_is_made_in_this_thread() -> None:
    with Flight[str](1) as flight:
        flight.launch("a", threading.get_ident)
        assert flight.is_full
        ((item, outcome),) = flight.landed()
    assert (item, outcome.result()) == ("a", threading.get_ident())
    assert flight.is_empty


def test_several_calls_are_under_way_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    with Flight[str](2) as flight:
        for item in "ab":
            flight.launch(item, both.wait)
        assert flight.is_full
        landed = set()
        while not flight.is_empty:
            landed |= {item for item, _ in flight.landed()}
    assert landed == {"a", "b"}


@pytest.mark.parametrize("width", [1, 2])
def test_what_a_call_raises_lands_with_its_item(width: int) -> None:
    with Flight[str](width) as flight:
        flight.launch("a", partial(int, "x"))
        ((_, outcome),) = flight.landed()
    assert isinstance(outcome.exception(), ValueError)


class Wide(BaseBackend):
    """Counts no requests."""

    defaults = {"concurrency": 3}


Land = Callable[[int, Turn, Future[Any]], int]


def fly_numbers(land: Land, count: int = 6, width: int = 3) -> int:
    backend = Wide("wide", {"concurrency": width})
    return fly(
        backend,
        deque(range(count)),
        stop_at=float("inf"),
        prepare=lambda number: None if number == 1 else partial(int, number),
        land=land,
    )


def test_what_was_launched_lands_and_what_is_not_ours_does_not() -> None:
    landed: list[int] = []

    def land(number: int, turn: Turn, outcome: Future[int]) -> int:
        assert outcome.result() == number
        landed.append(number)
        return 1

    assert fly_numbers(land) == 5
    assert sorted(landed) == [0, 2, 3, 4, 5]


def test_trouble_with_one_outcome_does_not_lose_the_others() -> None:
    """They were paid for."""
    landed: list[int] = []

    def land(number: int, turn: Turn, outcome: Future[int]) -> int:
        if number in (0, 2):
            raise OperationalError("the database is away for a moment")
        landed.append(number)
        return 1

    with pytest.raises(OperationalError):
        fly_numbers(land, count=4)
    assert landed == [3]


def test_nothing_leaves_when_the_time_is_up() -> None:
    waiting = deque([1, 2])
    assert (
        fly(
            Wide("wide", {}),
            waiting,
            stop_at=0,
            prepare=lambda number: partial(int, number),
            land=lambda *landed: 1,
        )
        == 0
    )
    assert list(waiting) == [1, 2]


def test_a_process_that_stood_still_makes_up_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns whose moments went by are lost: the service counts what arrives in a second."""
    late = [Turn(time.monotonic() - 1, is_paced=True) for _ in range(5)]
    given = iter([[Turn(time.monotonic()), *late]])
    monkeypatch.setattr(limits, "take", lambda backend, wanted=1: next(given, []))
    made: list[int] = []
    waiting = deque([1, 2])

    fly(
        Wide("wide", {"concurrency": 1}),
        waiting,
        time.monotonic() + 60,
        prepare=lambda item: partial(made.append, item),
        land=lambda item, turn, outcome: 1,
    )

    assert made == [1]
    assert list(waiting) == [2]
