from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from django_universal_ai import engine
from django_universal_ai.engine import removing
from django_universal_ai.models import JobFile, UniversalAIFile
from django_universal_ai.models.file import GRACE, UNFINISHED
from tests.rows import make_job
from tests.storage import ObjectStore, files_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    made = ObjectStore()
    with files_in(made):
        yield made


@pytest.fixture(autouse=True)
def _look_now(monkeypatch: pytest.MonkeyPatch) -> None:
    removing.forget()
    monkeypatch.setattr(removing, "EVERY", 0.0)


def make(**fields: Any) -> UniversalAIFile:
    return UniversalAIFile.objects.store(b"x", **fields)


def expired() -> UniversalAIFile:
    """A file whose time is long over."""
    return make(expires_at=timezone.now() - GRACE - timedelta(hours=1))


def claimed(file: UniversalAIFile) -> bool:
    """Whether the next look leaves it alone."""
    file.refresh_from_db()
    return file.remove_at is not None and file.remove_at > timezone.now()


def test_an_expired_file_goes_with_its_content(store: ObjectStore) -> None:
    expired()
    kept = [make(), make(expires_at=timezone.now() + timedelta(days=1))]
    assert engine.advance() == 1
    assert set(UniversalAIFile.objects.all()) == set(kept)
    assert len(store.contents) == 2
    assert engine.advance() == 0


def test_a_row_whose_content_was_removed_before_goes_as_well(store: ObjectStore) -> None:
    file = expired()
    file.file.delete(save=True)
    assert removing.remove_due() == 1
    assert not UniversalAIFile.objects.exists()


def test_content_stays_for_jobs_of_the_last_moment(store: ObjectStore) -> None:
    file = make(expires_at=timezone.now())
    assert not UniversalAIFile.objects.living().exists()
    assert removing.remove_due() == 0
    assert file.expires_at is not None
    assert file.remove_at == file.expires_at + GRACE
    assert len(store.contents) == 1


def test_what_a_job_still_reads_goes_later(store: ObjectStore) -> None:
    file = expired()
    job = make_job("processing")
    JobFile.objects.create(job=job, file=file, field="file")
    assert removing.remove_due() == 0
    assert len(store.contents) == 1
    assert claimed(file)


def test_the_row_of_what_a_job_has_read_stays(store: ObjectStore) -> None:
    file = expired()
    JobFile.objects.create(job=make_job("success"), file=file, field="file")
    assert removing.remove_due() == 1
    file.refresh_from_db()
    assert (file.file.name, file.remove_at) == ("", None)
    assert store.contents == {}
    assert removing.remove_due() == 0


def test_a_store_that_is_down_is_tried_again(store: ObjectStore) -> None:
    file = expired()
    store.is_down = True
    assert removing.remove_due() == 0
    assert claimed(file)
    store.is_down = False
    UniversalAIFile.objects.update(remove_at=timezone.now() - timedelta(hours=1))
    assert removing.remove_due() == 1
    assert store.contents == {}


def test_many_go_round_by_round(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "MOST", 2)
    for _ in range(5):
        expired()
    assert [removing.remove_due() for _ in range(4)] == [2, 2, 1, 0]
    assert store.contents == {}


def test_it_looks_once_in_a_while(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "EVERY", 3600.0)
    assert removing.remove_due() == 0
    expired()
    assert removing.remove_due() == 0


def test_what_a_killed_process_left_is_removed(store: ObjectStore) -> None:
    """Killed between the content and the end: the row of a write that never ended is there."""

    class Killed(ObjectStore):
        def _save(self, name: str, content: Any) -> str:
            store._save(name, content)
            raise KeyboardInterrupt

        def delete(self, name: str) -> None:
            raise KeyboardInterrupt  # nothing is undone by a process that is no more

    with files_in(Killed()), pytest.raises(KeyboardInterrupt):
        make()
    left = UniversalAIFile.objects.get()
    assert not UniversalAIFile.objects.living().exists()
    assert removing.remove_due() == 0
    assert left.remove_at is not None
    UniversalAIFile.objects.update(remove_at=left.remove_at - UNFINISHED - timedelta(hours=1))
    assert removing.remove_due() == 1
    assert (store.contents, UniversalAIFile.objects.count()) == ({}, 0)


def test_a_write_that_cannot_be_undone_is_undone_later(store: ObjectStore) -> None:
    store.room, store.is_down = 0, True
    with pytest.raises(OSError, match="No space"):
        make()
    assert UniversalAIFile.objects.filter(remove_at__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_once_remove_each_file_once(store: ObjectStore) -> None:
    if connections["default"].vendor == "sqlite":
        pytest.skip("The test's database in memory has no two connections that wait in turn.")
    for _ in range(20):
        expired()
    deleted: list[str] = []
    delete = store.delete

    def note(name: str) -> None:
        deleted.append(name)
        delete(name)

    store.delete = note  # type: ignore[method-assign]

    def look(_: int) -> int:
        try:
            return removing.remove_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(4))) == 20
    assert len(deleted) == len(set(deleted)) == 20
