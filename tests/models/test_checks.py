from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.db import connection
from pytest_django import Settings

from django_universal_ai.gateway.checks import check_uploads_are_private
from django_universal_ai.models.checks import check_databases, check_storage


def ids(messages: list[checks.CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


class Elsewhere:
    """A router that sends something into another database."""

    def __init__(self, write: tuple[str, ...] = (), read: tuple[str, ...] = ()) -> None:
        self._write, self._read = write, read

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "other" if model.__name__ in self._write else None

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "other" if model.__name__ in self._read else "default"


def test_the_tests_own_database_is_fine() -> None:
    assert check_databases() == []


def test_tables_in_two_databases(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [Elsewhere(write=("JobEvent",))]
    [message] = check_databases()
    assert message.id == "universal_ai.E019"
    assert "universal_ai.JobEvent" in message.msg


def test_jobs_that_are_read_from_a_replica(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = [Elsewhere(read=("UniversalAIJob",))]
    assert ids(check_databases()) == ["universal_ai.W020"]


def test_a_database_without_autocommit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    assert ids(check_databases()) == ["universal_ai.E021"]


def test_times_without_a_zone(settings: Settings) -> None:
    settings.USE_TZ = False
    assert ids(check_databases()) == ["universal_ai.E022"]


@pytest.mark.parametrize(
    "entry",
    [
        {"BACKEND": "no.such.Storage"},
        {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"buckit": "a"}},
    ],
)
def test_a_storage_that_cant_be_used_isnt_replaced_by_a_public_one(
    settings: Settings, entry: dict[str, Any]
) -> None:
    settings.STORAGES = {**settings.STORAGES, "universal_ai": entry}
    assert ids(check_storage()) == ["universal_ai.E023"]
    assert check_uploads_are_private() == []


def test_a_folder_that_cant_be_written(settings: Settings, tmp_path: Path) -> None:
    assert check_storage() == []
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    [message] = check_storage()
    assert message.id == "universal_ai.W024"
    assert str(tmp_path) in message.msg
