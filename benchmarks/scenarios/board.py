"""The dashboard of a site with few jobs, and of one with many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from ..course import say
from ..stage import Figures, stage
from ..talking import Talker

RANGES = ("24h", "7d", "30d")


@dataclass(frozen=True, slots=True)
class Size:
    few: int = 1000
    many: int = 1_000_000
    #: Times that each page is asked for, in turns, so that what the machine does hits all.
    turns: int = 10
    #: Pages of one turn.
    pages: int = 5


QUICK = Size(few=100, many=20_000, turns=3, pages=3)


@contextmanager
def _site(jobs: int) -> Iterator[tuple[Talker, float]]:
    """A site with so many jobs, and how many of them were counted per second."""
    with stage("desk", f"board: {jobs} jobs") as made:
        command = ["-m", "benchmarks.host.board"]
        talker = Talker(command, made.environment, made.folder / "board.log", talks=True)
        made.stack.callback(talker.close)
        yield talker, talker.call("fill", count=jobs)


def board(size: Size) -> Figures:
    """Each range, on both sites in turns."""
    with ExitStack() as stack:
        sites = {name: stack.enter_context(_site(getattr(size, name))) for name in ("few", "many")}
        figures: Figures = {"counted_per_second": sites["many"][1]}
        for shown in RANGES:
            took: dict[str, list[float]] = {name: [] for name in sites}
            for turn in range(size.turns + 1):
                for name, (talker, _rate) in sites.items():
                    answer = talker.call("show", query=f"?range={shown}", turns=size.pages)
                    took[name] += answer["seconds"] if turn else ()  # the first one warms up
                    figures[f"{shown}_queries"] = float(answer["queries"])
            for name, seconds in took.items():
                figures[f"{shown}_{name}_ms"] = median(seconds) * 1000
            figures[f"{shown}_ratio"] = median(took["many"]) / median(took["few"])
        say(figures)
        return figures


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {"board": board}
