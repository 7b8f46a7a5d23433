"""The figures as tables, for the terminal and for the page in ``docs/``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from .frontier import least, within_seconds, within_share
from .results import medians
from .stage import Figures

LABELS = {
    "usual": "Usual answer",
    "usual+spread": "Usual answer, jobs of 9 to 11 s",
    "bare": "Bare httpx",
    "polling": "This app, polling",
    "webhooks": "This app, webhooks",
    "webhooks+costs": "This app, webhooks, costs fetched",
    "several workers": "This app, four workers",
    "half the account": "This app, another one takes half",
    "half the account told": "The same, `rate_limit` set to its half",
    "fixed": "A look every 5 s (computed)",
}
#: Shares of the duration, and seconds, for which the frontier is told.
SHARES = (0.1, 0.15, 0.25, 0.5, 1.0, 2.0)
SECONDS = (5.0, 9.0, 15.0, 30.0)

#: Pages of a list that the gateway is asked for.
_PAGES = {
    "first": "First page",
    "success": "First page of those in success",
    "tenth": "Tenth page",
}

#: Ranges of the dashboard, and what is told of each.
_RANGES = {"24h": "24 hours", "7d": "7 days", "30d": "30 days"}
_OF_A_PAGE = ("few_ms", "many_ms", "ratio", "queries")
#: Pages of the admin's list of jobs.
_DESK = {
    "list": "All jobs",
    "second": "Second page",
    "status": "In success",
    "failed": "Failed",
    "at_work": "At work",
    "person": "Needs a person",
    "uncertain": "Outcome unknown",
    "risk": "Result at risk",
    "undelivered": "Signal not delivered",
    "slow": "Slow for its kind",
    "young": "Less than an hour old",
    "old": "More than a week old",
    "feature": "Of a feature",
    "subfeature": "Of a subfeature",
    "provider": "Of a provider",
    "backend": "Of a backend",
    "owner": "Of an owner",
    "two": "Failed, of a provider",
    "date": "Of a year",
    "id": "Search: id",
    "public_id": "Search: the service's id",
    "model": "Search: part of a model string",
    "owned": "Search: name of an owner",
    "object": "Search: id of an attached object",
    "job": "A job's page",
}

Column = tuple[str, Callable[[Figures], str]]


def number(value: float) -> str:
    """Three digits that matter, and no exponent."""
    if math.isnan(value):
        return "-"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if abs(value) >= 1 else 3}f}"


def percent(value: float) -> str:
    return f"{value:.0%}"


def figure(name: str, write: Callable[[float], str] = number) -> Callable[[Figures], str]:
    """A cell with one figure; a dash where it wasn't measured."""
    return lambda figures: write(figures[name]) if name in figures else "-"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table whose first column is text and whose others are figures."""
    names = list(head)
    lines = [names, ["---", *["--:"] * (len(names) - 1)], *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by_contestant(found: dict[str, Any], columns: list[Column]) -> str:
    rows = []
    for name, label in LABELS.items():
        if name in found:
            figures = medians(found[name]["runs"])
            rows.append([label, *(cell(figures) for _, cell in columns)])
    return table(["", *(head for head, _ in columns)], rows)


def burst(found: dict[str, Any]) -> str:
    columns: list[Column] = [
        ("Jobs", figure("jobs")),
        ("Requests per job", figure("requests", lambda value: f"{value:.3f}")),
        ("CPU per job, ms", figure("cpu_ms")),
        ("Lag p50, s", figure("lag_p50")),
        ("Lag p95, s", figure("lag_p95")),
        ("Wall, s", figure("wall")),
        ("Peak memory, MB", figure("peak_mb")),
        ("Queries per job", figure("queries")),
        ("PostgreSQL per job, ms", figure("postgres_ms")),
        ("Redis per job, ms", figure("redis_ms")),
    ]
    return by_contestant(found, columns) + _ratios(found)


def _ratios(found: dict[str, Any]) -> str:
    """CPU per job of this app, beside those that it is measured against."""
    if not found.keys() >= {"usual", "bare", "polling"}:
        return ""
    usual, bare, ours = (
        medians(found[name]["runs"])["cpu_ms"] for name in ("usual", "bare", "polling")
    )
    return (
        f"\n\nCPU per job of this app, polling: {number(ours / bare)} times that of bare httpx, "
        f"{number(usual / ours)} times less than the usual answer's."
    )


def limited(found: dict[str, Any]) -> str:
    def over_floor(figures: Figures) -> str:
        return number(figures["wall"] / figures["floor"])

    columns: list[Column] = [
        ("Requests per job", figure("requests")),
        ("429s", figure("refused")),
        ("Wall, s", figure("wall")),
        ("Floor, s", figure("floor")),
        ("Wall / floor", over_floor),
        ("Lag p50, s", figure("lag_p50")),
        ("Lag p95, s", figure("lag_p95")),
        ("CPU per job, ms", figure("cpu_ms")),
        ("429s of the other", figure("others_refused")),
    ]
    return by_contestant(found, columns)


def inflight(found: dict[str, Any]) -> str:
    runs, size = found["polling"]["runs"], found["polling"]["size"]
    figures = medians(runs)
    sizes = [size[name] for name in ("smallest", "middle", "largest")]
    rows = [
        [
            f"{jobs:,}",
            number(figures[f"requests_{jobs}"]),
            f"{math.ceil(jobs / 1000) + 1}",
            number(figures[f"cpu_ms_{jobs}"]),
            number(figures[f"cpu_ms_{jobs}"] / jobs * 1000),
            number(figures[f"worker_mb_{jobs}"]),
        ]
        for jobs in sizes
    ]
    head = ["In flight", "Requests per sweep", "At most", "CPU per sweep, ms"]
    head += ["CPU per 1,000 jobs, ms", "Peak memory of the worker, MB"]
    idle = f"An idle worker with {sizes[0]:,} in flight: {figures['idle_percent']:.1f} % of a core."
    return f"{table(head, rows)}\n\n{idle}"


def submitting(found: dict[str, Any]) -> str:
    figures = medians(found["polling"]["runs"])
    many = f"`submit_many` of {figures['jobs']:,.0f}"
    rows = [
        ["`submit`", number(figures["submit_queries"]), number(figures["submit_messages"]), "-"],
        [
            many,
            number(figures["submit_many_queries"]),
            number(figures["submit_many_messages"]),
            number(figures["submit_many_seconds"]),
        ],
    ]
    return table(["", "Queries", "Messages", "Seconds"], rows)


def listless(found: dict[str, Any]) -> str:
    rows = []
    if "polling" in found:
        figures = medians(found["polling"]["runs"])
        for phase, label in (("cold", "nothing known yet"), ("learned", "once it has learned")):
            rows.append(
                [
                    f"This app, {label}",
                    number(figures[f"{phase}_requests"]),
                    percent(figures[f"{phase}_share_p50"]),
                    percent(figures[f"{phase}_share_p95"]),
                    number(figures[f"{phase}_lag_p95"]),
                ]
            )
    if "fixed" in found:
        figures = medians(found["fixed"]["runs"])
        share = percent(figures["share_p95"])
        rows.append([LABELS["fixed"], number(figures["requests"]), "-", share, "-"])
    head = ["", "Requests per job", "Lag p50 / duration", "Lag p95 / duration", "Lag p95, s"]
    return table(head, rows)


def gateway(found: dict[str, Any]) -> str:
    tables = []
    if "requests" in found:
        figures = medians(found["requests"]["runs"])
        rows = [
            [
                name.upper(),
                number(figures[f"{name}_rate"]),
                number(figures[f"bare_{name}_rate"]),
                number(figures[f"{name}_ratio"]),
                number(figures[f"{name}_p99_ms"]),
            ]
            for name in ("post", "get")
        ]
        head = ["", "Per second", "Bare endpoint", "Ratio", "p99, ms"]
        tables.append(table(head, rows))
    if "pages" in found:
        figures, size = medians(found["pages"]["runs"]), found["pages"]["size"]
        rows = [
            [label, *(number(figures[f"{page}_{name}"]) for name in ("few_ms", "many_ms", "ratio"))]
            for page, label in _PAGES.items()
        ]
        head = ["", f"{size['few']:,} jobs, ms", f"{size['many']:,} jobs, ms", "Ratio"]
        tables.append(table(head, rows))
    return "\n\n".join(tables)


def board(found: dict[str, Any]) -> str:
    """Pages of the dashboard, and how quickly ends are counted for it."""
    figures, size = medians(found["board"]["runs"]), found["board"]["size"]
    rows = [
        [label, *(number(figures[f"{shown}_{name}"]) for name in _OF_A_PAGE)]
        for shown, label in _RANGES.items()
    ]
    head = ["", f"{size['few']:,} jobs, ms", f"{size['many']:,} jobs, ms", "Ratio", "Queries"]
    rate = number(figures["counted_per_second"])
    return f"{table(head, rows)}\n\nEnds counted per second, by one process: {rate}."


def desk(found: dict[str, Any]) -> str:
    figures, size = medians(found["pages"]["runs"]), found["pages"]["size"]
    rows = [
        [
            label,
            *(number(figures[f"{page}_{name}_queries"]) for name in ("few", "many")),
            *(number(figures[f"{page}_{name}"]) for name in ("few_ms", "many_ms", "ratio")),
        ]
        for page, label in _DESK.items()
    ]
    few, many = f"{size['few']:,} jobs", f"{size['many']:,} jobs"
    head = ["", f"Queries, {few}", many, f"Milliseconds, {few}", many, "Ratio"]
    exports = [
        [
            label,
            number(figures[f"{name}_lines"]),
            number(figures[f"{name}_bytes"] / 1e6),
            number(figures[f"{name}_seconds"]),
            number(figures[f"{name}_more_mb"]),
        ]
        for name, label in (
            ("csv_few", f"CSV, {few}"),
            ("csv_many", f"CSV, {many}"),
            ("jsonl_many", "JSON lines, of a subfeature and year"),
        )
    ]
    heads = ["Export", "Lines", "MB", "Seconds", "Memory that it adds, MB"]
    return f"{table(head, rows)}\n\n{table(heads, exports)}"


@cache
def frontier() -> str:
    """The least requests per job; computed, so that it needs no results."""
    shares = [[f"{share:.0%} of the duration", number(_of_share(share))] for share in SHARES]
    seconds = [[f"{each:g} s", number(least(within_seconds(each)))] for each in SECONDS]
    return table(["95 % of the lags are at most", "Requests per job at least"], shares + seconds)


def _of_share(share: float) -> float:
    return least(within_share(share))


def conditions(found: dict[str, Any]) -> str:
    """Machine, versions, commands and commits of all that was measured."""
    entries = [
        (scenario, entry)
        for scenario, contestants in found["scenarios"].items()
        for entry in contestants.values()
    ]
    machines = dict.fromkeys(entry["machine"] for _, entry in entries)
    versions = dict.fromkeys(entry["versions"] for _, entry in entries)
    commands = dict.fromkeys(entry["command"] for _, entry in entries)
    at: dict[str, list[str]] = {}
    for scenario, entry in entries:
        runs = len(entry["runs"])
        told = f"{scenario} {entry['commit']}, {entry['at']}, {runs} run{'s' * (runs > 1)}"
        at.setdefault(told, [])
    lines = [f"- Machine: {'; '.join(machines)}", f"- Versions: {'; '.join(versions)}"]
    lines += [f"- Command: `{command}`" for command in commands]
    lines += [f"- Measured: {'; '.join(at)}"]
    return "\n".join(lines)


SECTIONS: dict[str, Callable[[dict[str, Any]], str]] = {
    "burst": burst,
    "limited": limited,
    "inflight": inflight,
    "submitting": submitting,
    "listless": listless,
    "gateway": gateway,
    "board": board,
    "desk": desk,
}


def sections(found: dict[str, Any]) -> dict[str, str]:
    """Everything that can be told, by the name of its place on the page."""
    scenarios = found["scenarios"]
    told = {name: write(scenarios[name]) for name, write in SECTIONS.items() if name in scenarios}
    return told | {"frontier": frontier(), "conditions": conditions(found)}


def put_into(page: str, told: dict[str, str]) -> str:
    """The page with each section between its two comments: ``<!-- burst -->``, ``<!-- /burst -->``.

    Raises :class:`ValueError` where the page has no place for one.
    """
    for name, text in told.items():
        opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found_opening, rest = page.partition(opening)
        _, found_closing, after = rest.partition(closing)
        if not (found_opening and found_closing):
            raise ValueError(f"the page has no place for {name}: {opening} ... {closing}")
        page = f"{before}{opening}\n{text}\n{closing}{after}"
    return page
