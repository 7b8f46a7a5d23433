"""One active job at most, for an object and a purpose."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.exceptions import AlreadyActive
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from django_universal_ai.testing import UniversalAI
from tests.marks import concurrent
from tests.rows import AUDIO, fresh

from .requests import ASK, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return User.objects.create(username="ann")


def test_an_object_has_one_active_job(ann: User) -> None:
    first = jobs.submit(**ASK, content_object=ann, one_active=True)
    with pytest.raises(AlreadyActive, match=str(first.pk)) as caught:
        jobs.submit(**ASK, content_object=ann, one_active=True)
    assert caught.value.job_id == first.pk
    bob = User.objects.create(username="bob")
    assert jobs.submit(**ASK, content_object=bob, one_active=True) != first


@pytest.mark.parametrize("status", ["success", "fail"])
def test_the_next_one_may_come_when_it_ended(
    ann: User, universal_ai: UniversalAI, status: str
) -> None:
    rule = universal_ai.on()
    rule.succeed() if status == "success" else rule.fail()
    first = jobs.submit(**ASK, content_object=ann, one_active=True)
    universal_ai.run()
    assert fresh(first).status == status
    assert jobs.submit(**ASK, content_object=ann, one_active=True) != first


def test_what_does_not_ask_for_it_is_free(ann: User) -> None:
    one = jobs.submit(**ASK, content_object=ann, one_active=True)
    assert one not in [jobs.submit(**ASK, content_object=ann) for _ in range(2)]


def test_a_purpose_tells_jobs_apart(ann: User) -> None:
    jobs.submit(**ASK, content_object=ann, one_active="text")
    jobs.submit(**ASK, content_object=ann, one_active="summary")
    with pytest.raises(AlreadyActive):
        jobs.submit(**ASK, content_object=ann, one_active="text")


def test_many_have_one_active_each(ann: User) -> None:
    ask = ASK | {"content_object": ann, "one_active": True}
    with pytest.raises(ValidationError) as caught:
        jobs.submit_many([ask, ask])
    assert list(caught.value.message_dict) == ["1.one_active"]
    jobs.submit_many([ask])
    with pytest.raises(AlreadyActive):
        jobs.submit_many([ASK, ask])
    assert UniversalAIJob.objects.count() == 1


@pytest.mark.parametrize("purpose", ["a:b", "x" * 101, "a\nb"])
def test_a_purpose_that_cannot_be_is_named(ann: User, purpose: str) -> None:
    assert list(refused(content_object=ann, one_active=purpose)) == ["one_active"]


def test_one_active_needs_an_object() -> None:
    assert list(refused(one_active=True)) == ["one_active"]


def test_of_many_one_whose_place_is_taken_meanwhile_keeps_all_out(
    ann: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request is saved between our look and our own INSERT."""
    from django_universal_ai.jobs import intake

    ask: dict[str, Any] = {"model": AUDIO, "input": {}, "files": {"file": b"x"}}
    ask |= {"content_object": ann, "one_active": True}
    store = intake.Intake.store_files

    def lose(self: intake.Intake, owner: Any) -> Mapping[str, UniversalAIFile]:
        monkeypatch.setattr(intake.Intake, "store_files", store)
        jobs.submit(**ask)
        return store(self, owner)

    monkeypatch.setattr(intake.Intake, "store_files", lose)
    with pytest.raises(AlreadyActive):
        jobs.submit_many([ask, ASK])
    assert (UniversalAIJob.objects.count(), UniversalAIFile.objects.count()) == (1, 1)


@concurrent
@pytest.mark.django_db(transaction=True)
def test_of_requests_at_the_same_time_one_wins(ann: User) -> None:
    def ask(_: int) -> bool:
        try:
            jobs.submit(**ASK, content_object=ann, one_active=True)
        except AlreadyActive:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1
    assert UniversalAIJob.objects.count() == 1
