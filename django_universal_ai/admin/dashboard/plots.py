"""Bar plots as inline SVG: geometry only, so that a template draws and a style sheet paints.

The picture is stretched to the width that there is; words stand beside it, in HTML, where they
keep their size. Nothing of it needs a script or a style of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

#: Units of the picture: the width of a slot and of a bar in it, and the height.
SLOT, BAR, HEIGHT = 10.0, 8.0, 100.0

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers by slot, stacked upon those of the series before."""

    name: str
    #: The CSS class ``uai-series-<tone>``.
    tone: str
    values: Sequence[Number]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """In units of the picture, written as SVG wants it whatever the language."""

    x: str
    y: str
    width: str
    height: str
    tone: str


@dataclass(frozen=True, slots=True)
class Column:
    """What a slot shows."""

    #: Its numbers in words.
    words: str
    #: All of the slot, to point at.
    x: str
    bars: tuple[Rectangle, ...]
    #: A line across, as the ``d`` of a path; empty where there is none.
    mark: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that the template needs."""

    name: str
    title: str
    description: str
    #: The number at the upper edge.
    top: str
    width: str
    columns: tuple[Column, ...]
    legend: tuple[Series, ...]
    mark: Series | None
    axis: tuple[str, ...]

    @property
    def slot_width(self) -> str:
        return _units(SLOT)


def plot(
    name: str,
    title: str,
    description: str,
    *,
    slots: Sequence[str],
    axis: Sequence[str],
    series: Sequence[Series],
    mark: Series | None = None,
    write: Callable[[Number], str] = str,
) -> Plot:
    """Stacked bars, one per slot, and a line across each at the number of ``mark``.

    ``slots`` are the slots' names in full, ``axis`` those on the axis; ``write`` makes words of a
    number.
    """
    stacks = [sum((each.values[place] for each in series), 0) for place in range(len(slots))]
    marks = mark.values if mark else ()
    top = nice_top(max((float(value) for value in [*stacks, *marks]), default=0.0))
    columns = tuple(
        Column(
            words=_words(slots[place], place, [*series, *([mark] if mark else [])], write),
            x=_units(place * SLOT),
            bars=_stack(place, series, top),
            mark=_line(place, marks[place], top) if marks and marks[place] else "",
        )
        for place in range(len(slots))
    )
    return Plot(
        name=name,
        title=title,
        description=description,
        top=write(_whole(top)),
        width=_units(len(slots) * SLOT),
        columns=columns,
        legend=tuple(series),
        mark=mark,
        axis=tuple(axis),
    )


def nice_top(most: float) -> float:
    """The end of the axis: a number with few digits, not much above ``most``; 1 for nothing."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    steps = (1, 1.5, 2, 3, 4, 6, 8, 10)
    return next(step * unit for step in steps if most <= step * unit * (1 + 1e-9))


def _stack(place: int, series: Sequence[Series], top: float) -> tuple[Rectangle, ...]:
    bars = []
    ground = HEIGHT
    for each in series:
        height = float(each.values[place]) / top * HEIGHT
        if height <= 0:
            continue
        ground -= height
        x = place * SLOT + (SLOT - BAR) / 2
        bars.append(Rectangle(_units(x), _units(ground), _units(BAR), _units(height), each.tone))
    return tuple(bars)


def _line(place: int, value: Number, top: float) -> str:
    height = HEIGHT - float(value) / top * HEIGHT
    return f"M{_units(place * SLOT)} {_units(height)}h{_units(SLOT)}"


def _words(slot: str, place: int, series: Sequence[Series], write: Callable[[Number], str]) -> str:
    told = [f"{each.name} {write(each.values[place])}" for each in series if each.values[place]]
    return f"{slot}: {', '.join(told) or write(0)}"


def _whole(value: float) -> Number:
    return int(value) if value == int(value) else value


def _units(value: float) -> str:
    return f"{value:.2f}"
