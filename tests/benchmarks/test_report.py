from __future__ import annotations

from typing import Any

import pytest

from benchmarks import report
from benchmarks.results import changing, load, medians
from benchmarks.scenarios.limited import floor


def entry(*runs: dict[str, float], **size: float) -> dict[str, Any]:
    about = {"machine": "m", "versions": "v", "command": "c", "commit": "abc", "at": "today"}
    return {"runs": list(runs), "size": size, **about}


def test_medians_are_taken_figure_by_figure() -> None:
    runs = [{"wall": 1.0, "cpu": 9.0}, {"wall": 3.0, "cpu": 7.0}, {"wall": 2.0}]
    assert medians(runs) == {"wall": 2.0, "cpu": 8.0}


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (2.016, "2.02"), (0.1234, "0.123"), (5000.4, "5,000"), (float("nan"), "-")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert report.number(value) == text


def test_a_figure_that_was_not_measured_is_a_dash() -> None:
    table = report.burst({"bare": entry({"requests": 2.0, "cpu_ms": 1.25})})
    assert "| Bare httpx | - | 2.000 | 1.25 | - |" in table


def test_cpu_is_told_in_ratios() -> None:
    found = {name: entry({"cpu_ms": cpu}) for name, cpu in (("usual", 30.0), ("bare", 1.0))}
    assert "times" not in report.burst(found)
    text = report.burst(found | {"polling": entry({"cpu_ms": 2.5})})
    assert text.endswith("2.50 times that of bare httpx, 12 times less than the usual answer's.")


def test_the_wall_is_told_beside_its_floor() -> None:
    run = {"requests": 2.1, "refused": 0.0, "wall": 66.0, "floor": 60.0}
    assert "| 66 | 60 | 1.10 |" in report.limited({"polling": entry(run)})


def test_sweeps_are_told_by_jobs_in_flight() -> None:
    figures = {"idle_percent": 1.25}
    sizes = {"smallest": 1000, "middle": 10_000, "largest": 100_000}
    for jobs in sizes.values():
        figures |= {f"requests_{jobs}": jobs / 1000, f"cpu_ms_{jobs}": jobs / 20}
        figures |= {f"worker_mb_{jobs}": 200.0}
    text = report.inflight({"polling": entry(figures, **sizes)})
    assert "| 100,000 | 100 | 101 | 5,000 | 50 | 200 |" in text
    assert text.endswith("An idle worker with 1,000 in flight: 1.2 % of a core.")


def test_sections_go_to_their_places_again_and_again() -> None:
    page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    once = report.put_into(page, {"x": "new"})
    assert once == "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"
    assert report.put_into(once, {"x": "new"}) == once


def test_a_page_without_a_place_is_told() -> None:
    with pytest.raises(ValueError, match="no place for y"):
        report.put_into("<!-- x --><!-- /x -->", {"y": "text"})


def test_the_page_has_a_place_for_every_section() -> None:
    from benchmarks.__main__ import PAGE

    page = PAGE.read_text()
    for name in (*report.SECTIONS, "frontier", "conditions"):
        assert f"<!-- {name} -->" in page
        assert f"<!-- /{name} -->" in page


def test_results_of_two_runs_are_kept_together(tmp_path: Any) -> None:
    file = tmp_path / "results.json"
    for name in ("burst", "limited"):
        with changing(file) as found:
            found["scenarios"][name] = {"polling": entry({"wall": 1.0})}
    assert set(load(file)["scenarios"]) == {"burst", "limited"}


@pytest.mark.parametrize(
    ("jobs", "seconds", "rate", "least"),
    [(300, 30, 10, 60), (300, 30, 5, 120), (300, 60, 10, 90), (1, 10, 10, 10.1)],
)
def test_the_floor_is_what_takes_longer(
    jobs: int, seconds: float, rate: float, least: float
) -> None:
    assert floor(jobs, seconds, rate) == pytest.approx(least)
