from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from django_universal_ai.management.checkup import Line, Mark, database

pytestmark = pytest.mark.django_db


def found() -> dict[str, Line]:
    return {line.what: line for line in database.lines()}


def test_all_is_well() -> None:
    assert {line.mark for line in found().values()} == {Mark.OK}


def test_a_migration_that_is_missing_is_named() -> None:
    MigrationRecorder.Migration.objects.filter(app="universal_ai_gateway").delete()
    line = found()["migrations"]
    assert (line.mark, line.way_out) == (Mark.LOOK, "Run manage.py migrate.")
    assert "universal_ai_gateway.0001_initial" in line.says


@pytest.mark.parametrize(("minutes", "word"), [(5, "ahead of"), (-5, "behind")])
def test_a_clock_that_goes_wrong(monkeypatch: pytest.MonkeyPatch, minutes: int, word: str) -> None:
    now = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: now() + timedelta(minutes=minutes))
    line = found()["clock"]
    assert line.mark == Mark.LOOK
    assert word in line.says


def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(connections["default"], "cursor", refuse)
    (line,) = database.lines()
    assert line.mark == Mark.LOOK
    assert line.says == "connection refused Is the server running?"
    assert "settings.DATABASES['default']" in line.way_out


def test_a_database_without_a_row_tells_no_time() -> None:
    ContentType.objects.all().delete()
    assert "clock" not in found()
