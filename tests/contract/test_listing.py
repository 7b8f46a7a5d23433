from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from django_universal_ai.contract import JobList, JobResponse

ITEM: dict[str, Any] = {
    "public_id": "a",
    "status": "processing",
    "feature": "ocr",
    "subfeature": "ocr_async",
    "provider": "amazon",
    "model": None,
    "created_at": "2025-01-01T00:00:00Z",
}
PAGE: dict[str, Any] = {"total": 1, "page": 1, "limit": 1000, "total_pages": 1}


def read(*items: Any, **changes: Any) -> JobList:
    return JobList.model_validate({"items": list(items), **PAGE, **changes})


def test_reads_a_page() -> None:
    page = read(ITEM, {**ITEM, "public_id": "b", "status": "queued", "region": "eu"})
    assert [(item.public_id, item.status) for item in page.items] == [
        ("a", "processing"),
        ("b", "queued"),
    ]
    assert (page.total, page.page, page.limit, page.total_pages) == (1, 1, 1000, 1)


@pytest.mark.parametrize("bad", [None, 5, {}, {**ITEM, "public_id": ""}, {**ITEM, "status": 5}])
def test_an_item_that_cannot_be_read_does_not_hide_the_others(bad: Any) -> None:
    assert [item.public_id for item in read(bad, ITEM).items] == ["a"]


def test_side_fields_of_an_item_may_be_unreadable() -> None:
    [item] = read({**ITEM, "created_at": "soon", "model": 5, "provider": None}).items
    assert (item.created_at, item.model, item.provider) == (None, None, "")


@pytest.mark.parametrize("changes", [{"items": None}, {"total_pages": "many"}])
def test_what_is_no_page_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(ITEM, **changes)


def test_a_page_is_made_of_the_jobs_that_are_wanted() -> None:
    ends = {"status": "success", "cost": "0", "output": {"text": "a"}, "error": None}
    jobs = [JobResponse.model_validate({**ITEM, **ends, "public_id": each}) for each in "abc"]
    wanted = {"status": "success", "feature": None}
    page = JobList.of(jobs, wanted, page=2, limit=2)
    assert [item.public_id for item in page.items] == ["c"]
    assert (page.total, page.total_pages) == (3, 2)
    assert JobList.of(jobs, {"status": "fail"}, page=1, limit=2).total == 0
