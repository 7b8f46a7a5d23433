from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.utils import timezone

from django_universal_ai import engine
from django_universal_ai.engine import removing
from django_universal_ai.jobs import erasing
from django_universal_ai.models import (
    JobEvent,
    JobFile,
    UniversalAIFile,
    UniversalAIJob,
    WebhookReceipt,
)
from django_universal_ai.models.file import GRACE
from tests.rows import change, fresh, in_seconds, make_job
from tests.storage import ObjectStore, files_in

pytestmark = pytest.mark.django_db


def ended(days: float = 100, **fields: Any) -> UniversalAIJob:
    at = timezone.now() - timedelta(days=days)
    return make_job("success", requested_at=at, finished_at=at, **fields)


def with_file(job: UniversalAIJob, **fields: Any) -> UniversalAIFile:
    file = UniversalAIFile.objects.store(b"scan", **fields)
    UniversalAIFile.objects.filter(pk=file.pk).update(created_at=job.requested_at)
    JobFile.objects.create(job=job, file=file, field="file")
    return file


def erase(*rows: UniversalAIJob) -> erasing.Erased:
    return erasing.erase([row.pk for row in rows], files_from_before=timezone.now())


def test_all_that_hangs_on_a_job_goes_with_it() -> None:
    job = ended()
    JobEvent.objects.create(job=job, kind="succeeded", delivered_at=timezone.now())
    WebhookReceipt.objects.create(job=job, fingerprint="f", signature="valid", state="applied")
    other = ended()

    assert erase(job).jobs == 1
    assert list(UniversalAIJob.objects.all()) == [other]
    assert not JobEvent.objects.exists()
    assert not WebhookReceipt.objects.exists()


def test_a_resubmission_stays_without_its_parent() -> None:
    parent = ended()
    child = make_job("processing", parent=parent)
    erase(parent)
    assert fresh(child).parent is None


def test_the_file_of_a_job_goes_when_a_worker_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "_look_at", 0.0)
    store = ObjectStore()
    with files_in(store):
        job = ended()
        file = with_file(job)

        assert erase(job).files == 1
        file.refresh_from_db()
        assert file not in UniversalAIFile.objects.living()
        assert store.contents

        UniversalAIFile.objects.update(remove_at=in_seconds(-1))
        engine.advance()
    assert not store.contents
    assert not UniversalAIFile.objects.exists()


def test_a_file_that_another_job_has_read_stays() -> None:
    job, other = ended(), make_job("pending")
    file = with_file(job)
    JobFile.objects.create(job=other, file=file, field="file")
    assert erase(job).files == 0
    assert file in UniversalAIFile.objects.living()

    other = change(other, status="success", finished_at=timezone.now(), due_at=None)
    assert erase(other).files == 1


def test_a_file_that_expires_by_itself_does_so() -> None:
    job = ended()
    later = timezone.now() + timedelta(days=1)
    file = with_file(job, expires_at=later)
    assert erase(job).files == 0
    file.refresh_from_db()
    assert file.expires_at == later


def test_a_file_that_was_stored_lately_stays() -> None:
    job = ended()
    file = with_file(job)
    result = erasing.erase([job.pk], files_from_before=timezone.now() - timedelta(days=200))
    assert (result.jobs, result.files) == (1, 0)
    assert file in UniversalAIFile.objects.living()


def test_the_row_of_a_file_without_content_goes_at_once() -> None:
    job = ended()
    file = with_file(job, expires_at=timezone.now())
    UniversalAIFile.objects.filter(pk=file.pk).update(file="")
    erase(job)
    assert not UniversalAIFile.objects.exists()


def test_files_stay_where_nobody_asked() -> None:
    job = ended()
    file = with_file(job)
    assert erasing.erase([job.pk]).files == 0
    assert file in UniversalAIFile.objects.living()


def test_what_a_table_of_the_host_protects_stays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ended() for _ in range(5)]
    files = [with_file(row) for row in rows]
    erase_ = erasing._erase

    def protecting(ids: Any, before: Any) -> erasing.Erased:
        if rows[2].pk in ids:
            raise ProtectedError("an invoice refers to it", set())
        return erase_(ids, before)

    monkeypatch.setattr(erasing, "_erase", protecting)
    result = erase(*rows)
    assert (result.jobs, result.files) == (4, 4)
    assert result.kept == {"referred_to": 1}
    assert list(UniversalAIJob.objects.all()) == [rows[2]]
    assert list(UniversalAIFile.objects.living()) == [files[2]]


def test_a_batch_costs_the_same_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    for count in (1, 30):
        rows = [ended() for _ in range(count)]
        with django_assert_max_num_queries(20):
            assert erase(*rows).jobs == count


def test_pages_come_oldest_first_and_once_each() -> None:
    at = timezone.now() - timedelta(days=10)
    same = [make_job("success", finished_at=at) for _ in range(5)]
    old = ended(20)
    ended(1)
    other = ended(15, backend="long gone")
    pages = list(
        erasing.ended_before(
            timezone.now() - timedelta(days=5), UniversalAIJob.objects.finished(), size=2
        )
    )
    assert all(len(page) <= 2 for page in pages)
    found = [pk for page in pages for pk in page]
    assert found[0] == old.pk
    assert found[-1] == other.pk
    assert set(found) == {old.pk, other.pk, *(job.pk for job in same)}
    assert len(found) == 7


def test_a_forecast_changes_nothing_and_comes_true() -> None:
    free, held = ended(), make_job("uncertain")
    ids = [free.pk, held.pk]
    said = erasing.forecast(ids)
    assert UniversalAIJob.objects.count() == 2
    assert said == erasing.erase(ids)


def test_a_webhook_that_came_before_its_job_was_known_goes_with_it() -> None:
    job, other = ended(), ended()
    early: dict[str, Any] = {"signature": "valid", "state": "waiting"}
    for number, public_id in enumerate((job.public_id, other.public_id, "j-unknown")):
        WebhookReceipt.objects.create(public_id=str(public_id), fingerprint=str(number), **early)
    others = WebhookReceipt.objects.create(
        job=other, public_id=str(job.public_id), fingerprint="told", **early
    )
    erase(job)
    left = WebhookReceipt.objects.values_list("fingerprint", flat=True)
    assert set(left) == {"1", "2", others.fingerprint}


def test_the_content_of_a_file_is_removed_some_minutes_later() -> None:
    job = ended()
    file = with_file(job)
    assert erase(job).files == 1
    file.refresh_from_db()
    assert file.remove_at
    assert file.expires_at
    wait = file.remove_at - file.expires_at
    assert abs(wait - GRACE) < timedelta(seconds=30)
