"""``python -m benchmarks``: run scenarios side by side, keep the figures, write the report."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from . import report, results
from .scenarios import board, burst, desk, gateway, inflight, limited, listless, submitting
from .servers import ROOT
from .stage import Figures

#: The results that the page shows, the page, and its pictures.
PAGE_NAME = "results"
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
IMAGES = ROOT / "docs" / "images"

SCENARIOS: dict[str, Any] = {
    "burst": burst,
    "limited": limited,
    "inflight": inflight,
    "submitting": submitting,
    "listless": listless,
    "gateway": gateway,
    "board": board,
    "desk": desk,
}


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--repeat", type=int, help="runs of each contestant (3, listless: 1)")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run: does it work?")
    parser.add_argument("--name", help="keep the figures under this name, away from the page")
    parser.add_argument("--report", action="store_true", help="measure nothing, tell what is known")
    parser.add_argument("--only", metavar="NAMES", help="contestants, separated by commas")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SCENARIO.NAME=JSON",
        help="a size: burst.jobs=500",
    )
    chosen = parser.parse_args(given)
    if unknown := set(chosen.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    chosen.scenarios = chosen.scenarios or list(SCENARIOS)
    known = {name for each in chosen.scenarios for name in SCENARIOS[each].CONTESTANTS}
    chosen.only = chosen.only.split(",") if chosen.only else sorted(known)
    if unknown := set(chosen.only) - known:
        parser.error(f"no such contestant: {', '.join(sorted(unknown))}; known: {sorted(known)}")
    if unknown := {pair.partition(".")[0] for pair in chosen.set} - set(chosen.scenarios):
        parser.error(f"sizes of what isn't measured: {', '.join(sorted(unknown))}")
    chosen.name = chosen.name or ("quick" if chosen.quick else PAGE_NAME)
    return chosen


def sized(scenario: str, pairs: list[str], *, quick: bool) -> Any:
    """The sizes of a scenario, with those that were given in their place."""
    module = SCENARIOS[scenario]
    size = module.QUICK if quick else module.Size()
    known = {each.name for each in fields(size)}
    for pair in pairs:
        name, _, value = pair.partition("=")
        place, _, name = name.partition(".")
        if place == scenario:
            if name not in known:
                raise SystemExit(f"{scenario} has no size {name!r}, but {', '.join(sorted(known))}")
            size = replace(size, **{name: json.loads(value)})
    return size


def measure(
    scenario: str, size: Any, names: list[str], repeat: int, file: Path, about: Any
) -> None:
    """Run each contestant once, then all of them again: what the machine does hits all."""
    contestants: dict[str, Callable[[Any], Figures]] = SCENARIOS[scenario].CONTESTANTS
    runs: dict[str, list[Figures]] = {name: [] for name in names}
    for _ in range(repeat):
        for name in names:
            runs[name].append(contestants[name](size))
            with results.changing(file) as found:
                kept = found["scenarios"].setdefault(scenario, {})
                kept[name] = {"runs": runs[name], "size": asdict(size), **about}


def run(chosen: argparse.Namespace) -> None:
    about = results.about(shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]))
    for scenario in chosen.scenarios:
        size = sized(scenario, chosen.set, quick=chosen.quick)
        names = [name for name in SCENARIOS[scenario].CONTESTANTS if name in chosen.only]
        usual = 1 if chosen.quick else getattr(SCENARIOS[scenario], "REPEAT", 3)
        repeat = chosen.repeat or usual
        measure(scenario, size, names, repeat, results.file(chosen.name), about)


def tell(name: str) -> None:
    """Write the tables, and put those of the page there, with its pictures."""
    found = results.load(results.file(name))
    told = report.sections(found)
    for section, text in told.items():
        sys.stdout.write(f"\n{section}\n\n{text}\n")
    if name == PAGE_NAME:
        from . import plot  # needs matplotlib, which only `make bench` brings

        PAGE.write_text(report.put_into(PAGE.read_text(), told))
        plot.draw(found, IMAGES)


def main() -> None:
    # A stop is an exit like any other, so that processes and databases are cleared away.
    signal.signal(signal.SIGTERM, lambda *args: sys.exit("stopped"))
    chosen = arguments()
    if not chosen.report:
        run(chosen)
    tell(chosen.name)


if __name__ == "__main__":
    main()
