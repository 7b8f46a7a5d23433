from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from django_universal_ai.gateway import tallies
from django_universal_ai.gateway.models import Tally
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .client import JOBS, Api

LONG_AGO = timezone.now() - timedelta(days=2)


@pytest.fixture(autouse=True)
def _two_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "FEW", 2)


@pytest.fixture
def jobs(ann: User) -> list[UniversalAIJob]:
    """Of long ago, all ended."""
    ends = ("success", "success", "success", "success", "fail")
    return [make_job(end, owner=ann, requested_at=LONG_AGO) for end in ends]


def total(api: Api, query: str = "") -> Any:
    answer = api.get(JOBS + query).data
    assert answer["total"] == len(answer["items"])
    return answer["total"]


def kept() -> list[int]:
    return list(Tally.objects.filter(before__isnull=False).values_list("jobs", flat=True))


def test_few_are_counted_each_time(api: Api, ann: User) -> None:
    make_job("success", owner=ann)
    assert total(api) == 1
    assert not Tally.objects.exists()


def test_many_are_counted_once(api: Api, ann: User, jobs: list[UniversalAIJob]) -> None:
    assert total(api) == 5
    assert kept() == [5]
    make_job("pending", owner=ann)
    assert total(api) == 6
    assert kept() == [5]


def test_each_filter_has_its_own(api: Api, ann: User, jobs: list[UniversalAIJob]) -> None:
    for _ in range(2):
        assert total(api) == 5
        assert total(api, "?status=success") == 4
        assert total(api, "?status=fail") == 1
        assert total(api, "?feature=audio") == 5
        assert total(api, "?feature=ocr") == 0
        assert total(api, "?feature=audio&subfeature=speech_to_text_async&status=success") == 4
    assert sorted(kept()) == [4, 4, 5, 5]


def test_what_still_runs_is_counted_each_time(
    api: Api, ann: User, jobs: list[UniversalAIJob]
) -> None:
    before = LONG_AGO - timedelta(days=1)
    running = make_job("processing", owner=ann, requested_at=before)
    assert total(api, "?status=success") == 4
    assert kept() == [0]
    UniversalAIJob.objects.filter(pk=running.pk).update(status="success")
    assert total(api, "?status=success") == 5


def test_what_a_client_deletes_is_gone_at_once(api: Api, jobs: list[UniversalAIJob]) -> None:
    assert total(api) == 5
    api.delete(f"{JOBS}/{jobs[0].pk}")
    assert kept() == []
    assert total(api) == 4
    assert total(api, "?status=success") == 3


def test_what_a_host_deletes_is_gone_before_long(
    api: Api, jobs: list[UniversalAIJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert total(api) == 5
    jobs[0].delete()
    monkeypatch.setattr(tallies, "GOOD_FOR", timedelta(0))
    assert total(api) == 4
    assert kept() == [4]


def test_each_owner_has_their_own(api: Api, bobs: Api, jobs: list[UniversalAIJob]) -> None:
    assert (total(api), total(bobs)) == (5, 0)
    assert (total(api), total(bobs)) == (5, 0)
