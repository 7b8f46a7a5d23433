from __future__ import annotations

import pytest
from django.db import OperationalError

from django_universal_ai.management import checkup
from django_universal_ai.management.checkup import Line, Mark, database, jobs, storage

pytestmark = pytest.mark.django_db


def test_all_subjects_are_looked_at() -> None:
    found = {line.what for line in checkup.lines(ask_service=False)}
    assert found >= {
        *("settings", "database", "migrations", "clock", "broker", "worker", "accounts"),
        *("jobs", "signals", "providers", "storage"),
    }


def test_trouble_with_one_is_told_and_the_others_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> list[Line]:
        raise OperationalError("disk  I/O\nerror")

    monkeypatch.setattr(jobs, "lines", broken)
    found = list(checkup.lines(ask_service=False))
    said = "can't be looked at: OperationalError: disk I/O error"
    assert Line(Mark.LOOK, "jobs", said) in found
    assert any(line.what == "storage" for line in found)


def test_without_a_database_the_rest_isnt_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "lines", lambda: [Line(Mark.LOOK, "database", "away")])
    monkeypatch.setattr(storage, "lines", lambda: pytest.fail("it was looked at"))
    found = {line.what: line for line in checkup.lines(ask_service=False)}
    assert found["storage"] == Line(
        Mark.NOTE, "storage", "not looked at", "Mend the database first."
    )
    assert found["providers"].says != "not looked at"
