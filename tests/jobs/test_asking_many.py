"""Many requests in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from django_universal_ai import jobs, waking
from django_universal_ai.jobs import intake, telling
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import AUDIO, fresh

from .requests import ASK, nothing_is_left

pytestmark = pytest.mark.django_db


def test_many_jobs_are_saved_with_one_message(
    sent: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = UniversalAIJob.objects.submit_many(
            [ASK | {"metadata": {"n": n}} for n in range(5)]
            + [{"model": AUDIO, "input": {}, "files": {"file": b"sound"}}]
        )
    assert [job.metadata.get("n") for job in made] == [0, 1, 2, 3, 4, None]
    assert UniversalAIJob.objects.pending().due().count() == 6
    assert JobFile.objects.get().job == made[-1]
    assert fresh(made[-1]).input == {"file": str(JobFile.objects.get().file_id)}
    assert sent == [(waking.ADVANCE, [], None)]


def test_the_files_of_many_belong_to_who_asks() -> None:
    ann = User.objects.create(username="ann")
    one = {"model": AUDIO, "input": {}, "files": {"file": b"sound"}, "owner": ann}
    jobs.submit_many([one, one])
    assert [link.file.owner for link in JobFile.objects.all()] == [ann, ann]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"model": "ocr", "input": {}}, "2.model"),
        ({"model": AUDIO}, "2.input"),
        (ASK | {"metadata": 5}, "2.metadata"),
        (ASK | {"priority": "x"}, "2.priority"),
        ({"model": AUDIO, "input": {}, "files": {"file": b""}}, "2.input.file"),
    ],
)
def test_one_bad_request_of_many_keeps_all_out(
    bad: dict[str, Any], field: str, settings: Settings
) -> None:
    good = {"model": AUDIO, "input": {}, "files": {"file": b"sound"}}
    with pytest.raises(ValidationError) as caught:
        jobs.submit_many([good, good, bad])
    assert list(caught.value.message_dict) == [field]
    assert nothing_is_left(settings.MEDIA_ROOT)


def test_a_misspelt_argument_of_many_is_an_error_as_it_is_for_one() -> None:
    with pytest.raises(TypeError, match="providerparams"):
        jobs.submit_many([ASK | {"providerparams": {}}])


def test_keys_count_for_many_as_for_one() -> None:
    first = jobs.submit(**ASK, idempotency_key="a")
    made = jobs.submit_many([ASK | {"idempotency_key": key} for key in ("a", "b")])
    assert made[0] == first
    assert UniversalAIJob.objects.count() == 2
    with pytest.raises(ValidationError) as caught:
        jobs.submit_many([ASK, ASK | {"idempotency_key": "a", "provider_params": {"x": 1}}])
    assert list(caught.value.message_dict) == ["1.idempotency_key"]


def test_one_key_twice_in_one_call_is_an_error(settings: Settings) -> None:
    with pytest.raises(ValidationError) as caught:
        jobs.submit_many([ASK | {"idempotency_key": "a"}] * 2)
    assert list(caught.value.message_dict) == ["1.idempotency_key"]
    assert not UniversalAIJob.objects.exists()


def test_owners_have_keys_of_their_own() -> None:
    owners = [User.objects.create(username=name) for name in ("ann", "bob")]
    made = jobs.submit_many([ASK | {"idempotency_key": "a", "owner": who} for who in owners])
    assert [job.owner for job in made] == owners


def test_who_was_quicker_with_a_key_has_made_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other requests are saved between our look and our own INSERT."""
    asked: dict[str, Any] = {"model": AUDIO, "input": {}, "files": {"file": b"sound"}}
    many = [asked | {"idempotency_key": key} for key in ("a", "b", "c")]
    others: list[UniversalAIJob] = []
    store = intake.Intake.store_files

    def lose(self: intake.Intake, owner: Any) -> Mapping[str, UniversalAIFile]:
        monkeypatch.setattr(intake.Intake, "store_files", store)
        others.extend(jobs.submit(**many[place]) for place in (0, 2))
        return store(self, owner)

    monkeypatch.setattr(intake.Intake, "store_files", lose)
    made = jobs.submit_many(many)
    assert [made[0], made[2]] == others
    assert UniversalAIJob.objects.count() == JobFile.objects.count() == 3
    assert UniversalAIFile.objects.count() == 3


def test_what_the_database_refuses_leaves_no_file_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any) -> None:
        raise IntegrityError("a trigger of the host's")

    monkeypatch.setattr(telling, "tell_of_new", refuse)
    with pytest.raises(IntegrityError, match="trigger"):
        jobs.submit_many([{"model": AUDIO, "input": {}, "files": {"file": b"sound"}}])
    assert nothing_is_left(settings.MEDIA_ROOT)


def test_none_at_all_is_no_error() -> None:
    assert jobs.submit_many([]) == []
