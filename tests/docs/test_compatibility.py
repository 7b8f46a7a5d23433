"""What is said of versions is what pyproject.toml, the code and CI have."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import django_universal_ai

from .pages import README, ROOT, read, rows, section, ticked

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
PAGE = section(read("reference/compatibility"), "What it runs with")
SUPPORTED = {row[0]: row[1] for row in rows(PAGE) if len(row) == 2}
PYTHONS, DJANGOS = SUPPORTED["Python"].split(", "), SUPPORTED["Django"].split(", ")


def classified(prefix: str) -> list[str]:
    """The versions among the classifiers."""
    found = (
        name.rpartition(" :: ")[2] for name in PROJECT["classifiers"] if name.startswith(prefix)
    )
    return [version for version in found if re.fullmatch(r"\d\.\d+", version)]


def bounds(requirements: list[str]) -> dict[str, str]:
    """The lower bound of each requirement."""
    found = (re.match(r"([\w-]+)[>=]=([\d.]+)", text) for text in requirements)
    return {match[1]: match[2] for match in found if match}


def test_the_table_is_that_of_the_package() -> None:
    assert classified("Programming Language :: Python") == PYTHONS
    assert classified("Framework :: Django") == DJANGOS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    needed = bounds(PROJECT["dependencies"])
    assert needed["django"] == DJANGOS[0]
    assert SUPPORTED["Celery"] == f"{needed['celery']} and newer"


def test_the_readme_says_the_same() -> None:
    said = f"Python {PYTHONS[0]} to {PYTHONS[-1]}, Django {DJANGOS[0]} to {DJANGOS[-1]}, Celery"
    assert f"{said} {SUPPORTED['Celery']}" in README.read_text(encoding="utf-8")


def test_ci_has_each_of_them() -> None:
    stage = (ROOT / ".ci" / "stages" / "matrix").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "matrix.yml").read_text(encoding="utf-8")
    pairs = dict(re.findall(r'\[(3\.\d+)\]="([\d. ]+)"', stage))
    assert list(pairs) == PYTHONS
    assert {version for some in pairs.values() for version in some.split()} == set(DJANGOS)
    for versions in (PYTHONS, DJANGOS):
        assert str(versions).replace("'", '"') in workflow


def test_each_extra_is_told_with_what_it_brings() -> None:
    told = {ticked(row[0])[0].strip("[]"): row[2] for row in rows(PAGE) if len(row) == 3}
    extras = PROJECT["optional-dependencies"]
    assert told.keys() == extras.keys()
    (everything,) = extras.pop("all")
    assert everything == f"django-universal-ai[{','.join(sorted(extras))}]"
    for name, requirements in extras.items():
        assert set(told[name].split(", ")) == set(bounds(requirements))


def test_the_version_is_one() -> None:
    version = PROJECT["version"]
    assert django_universal_ai.__version__ == version
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## ([\d.]+) - \d{4}-\d\d-\d\d$", changelog, re.M)
    assert newest
    assert newest[1] == version
