from __future__ import annotations

import pytest

from django_universal_ai.admin.dashboard.plots import HEIGHT, Plot, Series, nice_top, plot


def draw(*series: Series, **more: object) -> Plot:
    count = len(series[0].values)
    slots = [f"slot {place}" for place in range(count)]
    return plot("p", "P", "All of it.", slots=slots, axis=slots, series=series, **more)  # type: ignore[arg-type] # a test's shorthand


@pytest.mark.parametrize(
    ("most", "top"),
    [
        (0, 1),
        (1, 1),
        (2, 2),
        (2.1, 3),
        (7, 8),
        (9, 10),
        (10, 10),
        (11, 15),
        (130, 150),
        (0.03, 0.03),
    ],
)
def test_the_axis_ends_at_a_number_with_few_digits(most: float, top: float) -> None:
    assert nice_top(most) == pytest.approx(top)


def test_bars_are_stacked_from_the_ground_up() -> None:
    made = draw(Series("good", "good", [6, 0]), Series("bad", "bad", [2, 0]))
    first, empty = made.columns
    low, high = first.bars
    assert (low.y, low.height, low.tone) == ("25.00", "75.00", "good")
    assert (high.y, high.height, high.tone) == ("0.00", "25.00", "bad")
    assert float(low.y) + float(low.height) == HEIGHT
    assert empty.bars == ()


def test_a_mark_counts_for_the_axis_and_is_a_line() -> None:
    made = draw(Series("good", "good", [1, 1]), mark=Series("asked", "mark", [4, 0]))
    assert made.top == "4"
    assert [column.mark for column in made.columns] == ["M0.00 0.00h10.00", ""]


def test_each_slot_says_its_numbers_in_words() -> None:
    made = draw(Series("good", "good", [3, 0]), mark=Series("asked", "mark", [4, 0]))
    assert [column.words for column in made.columns] == ["slot 0: good 3, asked 4", "slot 1: 0"]
