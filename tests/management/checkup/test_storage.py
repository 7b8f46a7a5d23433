from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile, File

from django_universal_ai.management.checkup import Mark, storage
from tests.storage import ObjectStore


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    store = ObjectStore()
    monkeypatch.setattr(storage, "file_storage", lambda: store)
    (line,) = storage.lines()
    assert (line.mark, line.says) == (Mark.OK, "ObjectStore keeps, gives back and removes")
    assert store.contents == {}


def test_the_default_storage_is_named() -> None:
    (line,) = storage.lines()
    assert line.says.startswith("FileSystemStorage ")


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = ObjectStore()
    store.room = 3
    monkeypatch.setattr(storage, "file_storage", lambda: store)
    (line,) = storage.lines()
    assert line.mark == Mark.LOOK
    assert "No space left on device" in line.says


class Forgetful(ObjectStore):
    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return ContentFile(b"something else", name=name)


def test_a_storage_that_gives_back_something_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "file_storage", Forgetful)
    (line,) = storage.lines()
    assert line.mark == Mark.LOOK
    assert line.says == "Forgetful gave back something else than it was given"
