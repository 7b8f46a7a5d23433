from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from django_universal_ai import engine
from django_universal_ai.gateway import tallies
from django_universal_ai.gateway.models import Tally
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.rows import make_job

from .client import JOBS, UPLOAD, Api


def ids(api: Api, path: str) -> list[str]:
    items = api.get(path).data["items"]
    return [item.get("public_id") or item["file_id"] for item in items]


def test_the_list_tells_the_state_of_jobs_newest_first(api: Api) -> None:
    first, second = (api.submit().data for _ in range(2))
    now = timezone.now()
    UniversalAIJob.objects.filter(pk=first["public_id"]).update(
        requested_at=now - timedelta(hours=1)
    )
    answer = api.get(JOBS)
    assert answer.status == 200
    assert list(answer.data) == ["items", "total", "page", "limit", "total_pages"]
    assert {**answer.data, "items": None} == {
        "items": None,
        "total": 2,
        "page": 1,
        "limit": 100,
        "total_pages": 1,
    }
    items = answer.data["items"]
    assert [item["public_id"] for item in items] == [second["public_id"], first["public_id"]]
    assert list(items[0]) == [
        "public_id",
        "status",
        "feature",
        "subfeature",
        "provider",
        "model",
        "created_at",
    ]
    assert items[0].items() <= second.items()


def test_jobs_are_chosen_by_state_and_feature(api: Api, ann: User) -> None:
    made = {
        status: str(make_job(status, owner=ann).pk)
        for status in ("pending", "submitting", "uncertain", "processing", "success", "fail")
    }
    ocr = make_job("success", owner=ann, feature="ocr", subfeature="ocr_async")
    at_work = {made[status] for status in ("pending", "submitting", "uncertain", "processing")}
    assert set(ids(api, f"{JOBS}?status=processing")) == at_work
    assert set(ids(api, f"{JOBS}?status=success")) == {made["success"], str(ocr.pk)}
    assert ids(api, f"{JOBS}?status=fail") == [made["fail"]]
    assert ids(api, f"{JOBS}?status=pending") == []
    assert ids(api, f"{JOBS}?feature=ocr") == [str(ocr.pk)]
    assert ids(api, f"{JOBS}?feature=ocr&subfeature=ocr") == []
    assert len(ids(api, f"{JOBS}?subfeature=speech_to_text_async")) == 6


@pytest.mark.parametrize("name", ["feature", "subfeature"])
def test_no_job_has_an_empty_feature(
    api: Api, ann: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(tallies, "FEW", 1)
    for _ in range(3):
        make_job("success", owner=ann)
    assert api.get(JOBS).data["total"] == 3  # which is kept
    assert Tally.objects.exists()
    answer = api.get(f"{JOBS}?{name}=")
    assert (answer.data["items"], answer.data["total"]) == ([], 0)


def test_pages_hold_everything_once(api: Api) -> None:
    made = {api.submit().data["public_id"] for _ in range(5)}
    UniversalAIJob.objects.update(requested_at=timezone.now())
    pages = [api.get(f"{JOBS}?page={page}&limit=2").data for page in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {(page["total"], page["total_pages"], page["limit"]) for page in pages} == {(5, 3, 2)}
    assert {item["public_id"] for page in pages for item in page["items"]} == made


def test_an_empty_list_has_no_pages(api: Api) -> None:
    answer = api.get(JOBS).data
    assert (answer["items"], answer["total"], answer["total_pages"]) == ([], 0, 0)


@pytest.mark.parametrize("path", [JOBS, UPLOAD])
@pytest.mark.parametrize("page", [2, 10**30])
def test_there_is_nothing_behind_the_last_page(api: Api, path: str, page: int) -> None:
    api.submit()
    api.upload()
    answer = api.get(f"{path}?page={page}")
    assert (answer.status, answer.data["items"], answer.data["page"]) == (200, [], page)
    assert answer.data["total"] == 1


@pytest.mark.parametrize("path", [JOBS, UPLOAD])
@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("page=0", (["query", "page"], "greater_than_equal")),
        ("page=x", (["query", "page"], "int_parsing")),
        ("page=", (["query", "page"], "int_parsing")),
        ("page=" + "9" * 5000, (["query", "page"], "int_parsing_size")),
        ("limit=0", (["query", "limit"], "greater_than_equal")),
        ("limit=1001", (["query", "limit"], "less_than_equal")),
    ],
)
def test_pages_that_cannot_be_are_named(
    api: Api, path: str, query: str, problem: tuple[list[int | str], str]
) -> None:
    assert api.get(f"{path}?{query}").problems == [problem]


def test_what_no_database_looks_for_is_named(api: Api) -> None:
    assert api.get(f"{JOBS}?feature=%00&subfeature=%00").problems == [
        (["query", "feature"], "text"),
        (["query", "subfeature"], "text"),
    ]
    assert api.get(f"{UPLOAD}?purpose=%00").problems == [(["query", "purpose"], "text")]
    assert api.get(f"{UPLOAD}?purpose={'x' * 51}").problems == [(["query", "purpose"], "too_long")]
    assert api.get(f"{JOBS}?status=%00").data["items"] == []
    assert api.get(f"{JOBS}?feature=%FF%FE").data["items"] == []


def test_a_query_without_end_is_refused(api: Api) -> None:
    assert api.get(f"{JOBS}?{'&'.join(['a=b'] * 1001)}").problems == [(["body"], "body_invalid")]


def test_a_deleted_job_is_gone_for_its_owner_and_kept_for_the_host(api: Api) -> None:
    kept, deleted = (api.submit().data["public_id"] for _ in range(2))
    answer = api.delete(f"{JOBS}/{deleted}")
    assert (answer.status, answer.data["public_id"]) == (200, deleted)
    assert api.get(f"{JOBS}/{deleted}").status == 404
    assert api.delete(f"{JOBS}/{deleted}").status == 404
    assert ids(api, JOBS) == [kept]
    assert engine.send(UniversalAIJob.objects.get(pk=deleted))
    row = UniversalAIJob.objects.get(pk=deleted).refresh()
    assert row.status == "success"
    assert str(row.gateway_deletion) == deleted
    row.delete()


def test_files_are_listed_newest_first_until_they_expire(api: Api) -> None:
    old, new, expired = (api.upload(purpose=purpose).data for purpose in ("a", "b", "a"))
    now = timezone.now()
    files = UniversalAIFile.objects
    files.filter(pk=old["file_id"]).update(created_at=now - timedelta(days=2))
    files.filter(pk=expired["file_id"]).update(expires_at=now)
    assert ids(api, UPLOAD) == [new["file_id"], old["file_id"]]
    assert ids(api, f"{UPLOAD}?purpose=a") == [old["file_id"]]
    assert api.get(UPLOAD).data["items"][0] == new
    files.filter(pk=old["file_id"]).update(expires_at=None)
    assert api.get(f"{UPLOAD}?purpose=a").data["items"][0]["expires_at"] is None


def test_nobody_sees_the_lists_of_another(api: Api, bobs: Api) -> None:
    api.submit()
    api.upload()
    for path in (JOBS, UPLOAD):
        assert bobs.get(path).data["items"] == []
        assert bobs.get(path).data["total"] == 0
