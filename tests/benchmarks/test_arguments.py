from __future__ import annotations

from dataclasses import fields

import pytest

from benchmarks.__main__ import PAGE_NAME, SCENARIOS, arguments, sized


def test_a_size_can_be_given() -> None:
    size = sized("burst", ["burst.jobs=7", "limited.jobs=8"], quick=False)
    assert (size.jobs, size.seconds) == (7, 10.0)


def test_an_unknown_size_is_told() -> None:
    with pytest.raises(SystemExit, match="burst has no size 'colour', but jobs"):
        sized("burst", ["burst.colour=1"], quick=False)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_a_quick_form(name: str) -> None:
    quick, full = sized(name, [], quick=True), sized(name, [], quick=False)
    assert all(getattr(quick, each.name) <= getattr(full, each.name) for each in fields(full))
    assert quick != full
    assert SCENARIOS[name].CONTESTANTS


def test_everything_is_measured_unless_something_is_chosen() -> None:
    assert arguments([]).scenarios == list(SCENARIOS)
    assert arguments(["limited"]).scenarios == ["limited"]
    assert "half the account" in arguments(["limited"]).only


def test_a_quick_run_stays_away_from_the_page() -> None:
    assert arguments([]).name == PAGE_NAME
    assert arguments(["--quick"]).name != PAGE_NAME


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["brust"], "no such scenario: brust"),
        (["burst", "--only", "polling,colour"], "no such contestant: colour"),
        (["burst", "--set", "limited.jobs=1"], "what isn't measured: limited"),
    ],
)
def test_what_there_is_not_is_told(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        arguments(given)
    assert told in capsys.readouterr().err
