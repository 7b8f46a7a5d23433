"""The page about the example project tells what it reads from its environment."""

from __future__ import annotations

import re

from .pages import ROOT, read, rows, section, ticked


def test_its_table_names_the_variables_that_are_read() -> None:
    told = {ticked(row[0])[0] for row in rows(section(read("example"), "Its environment"))}
    settings = (ROOT / "example_project" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', settings))
    assert told == {name for name in names if not name.startswith("EXAMPLE_")}
