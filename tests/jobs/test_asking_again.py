"""The same request once more: with its key it is the same job, without one a child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import modify_settings
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import AUDIO, URL, make_job, row_of

from .requests import ASK, refused

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------------------------- idempotency


def test_the_same_key_and_request_is_the_same_row(settings: Settings) -> None:
    first = jobs.submit(model=AUDIO, input={}, files={"file": b"sound"}, idempotency_key="k")
    again = jobs.submit(model=AUDIO, input={}, files={"file": b"sound"}, idempotency_key="k")
    assert again == first
    assert UniversalAIJob.objects.count() == 1
    assert UniversalAIFile.objects.count() == 1
    assert len([path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"model": "audio/speech_to_text_async/amazon"},
        {"input": {"file": URL, "language": "de"}},
        {"provider_params": {"a": 1}},
        {"fallbacks": ["amazon"]},
        {"show_original_response": True},
    ],
)
def test_the_same_key_for_another_request_is_an_error(change: dict[str, Any]) -> None:
    jobs.submit(**ASK, idempotency_key="k")
    assert list(refused(**change, idempotency_key="k")) == ["idempotency_key"]
    assert UniversalAIJob.objects.count() == 1


def test_the_same_key_of_another_owner_is_another_key() -> None:
    ann, bob = (User.objects.create(username=name) for name in ("ann", "bob"))
    of = {who: jobs.submit(**ASK, idempotency_key="k", owner=who) for who in (ann, bob, None)}
    assert len({job.pk for job in of.values()}) == 3
    assert jobs.submit(**ASK, idempotency_key="k", owner=bob) == of[bob]


def test_a_race_for_one_key_has_one_winner_and_no_file_left_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request is saved between our look and our own INSERT."""
    from django_universal_ai.jobs import intake

    winner: list[UniversalAIJob] = []
    store = intake.Intake.store_files

    def lose(self: intake.Intake, owner: Any) -> Mapping[str, UniversalAIFile]:
        monkeypatch.setattr(intake.Intake, "store_files", store)
        winner.append(jobs.submit(model=AUDIO, input={}, files={"file": b"x"}, idempotency_key="k"))
        return store(self, owner)

    monkeypatch.setattr(intake.Intake, "store_files", lose)
    job = jobs.submit(model=AUDIO, input={}, files={"file": b"x"}, idempotency_key="k")
    assert [job] == winner
    assert UniversalAIFile.objects.count() == 1


# ------------------------------------------------------------------------------------ once more


def test_asking_again_makes_a_child_and_leaves_the_parent() -> None:
    owner = User.objects.create(username="ann")
    job = make_job(
        "fail",
        owner=owner,
        metadata={"a": 1},
        priority=3,
        provider_params={"b": 2},
        idempotency_key="k",
    )
    before = row_of(job)
    child = job.resubmit()
    assert row_of(job) == before
    assert child.parent == job
    assert (child.status, child.idempotency_key, child.public_id) == ("pending", None, None)
    assert (child.owner, child.metadata, child.priority) == (owner, {"a": 1}, 3)
    assert (child.input, child.provider_params) == (job.input, {"b": 2})


def test_asking_again_may_go_elsewhere() -> None:
    job = make_job("fail", backend="default")
    child = job.resubmit(model="audio/speech_to_text_async/amazon")
    assert (child.requested_model, child.backend) == (
        "audio/speech_to_text_async/amazon",
        "default",
    )
    with pytest.raises(ValidationError):
        job.resubmit(using="local")


@pytest.mark.parametrize("model", [AUDIO, "new/feature/google"])
def test_asking_again_reads_the_same_files(model: str) -> None:
    name = "file" if model == AUDIO else "picture"
    job = jobs.submit(model=model, input={}, files={name: b"content"})
    link = JobFile.objects.get(job=job.resubmit())
    assert (link.field, link.file) == (name, JobFile.objects.get(job=job).file)


@pytest.mark.parametrize(
    ("model", "kept"),
    [
        ("audio/speech_to_text_async/google/long", {"b": 2}),
        ("audio/speech_to_text_async/amazon", {}),
    ],
)
def test_parameters_of_a_provider_go_to_no_other(model: str, kept: dict[str, Any]) -> None:
    job = make_job("fail", provider_params={"b": 2})
    assert (job.resubmit(model=model).provider_params or {}) == kept


def test_asking_again_goes_where_the_first_one_went(settings: Settings) -> None:
    settings.UNIVERSAL_AI = settings.UNIVERSAL_AI | {"second": settings.UNIVERSAL_AI["default"]}
    job = make_job("fail", backend="second")
    assert job.resubmit().backend == "second"
    assert job.resubmit(model="audio/speech_to_text_async/amazon").backend == "default"
    assert job.resubmit(using="default").backend == "default"


def test_asking_again_with_a_key_is_asking_once() -> None:
    job = make_job("fail")
    children = {jobs.resubmit(job, idempotency_key="again").pk for _ in range(2)}
    assert len(children) == 1
    assert UniversalAIJob.objects.get(pk__in=children).idempotency_key == "again"


def test_asking_again_may_be_forbidden_at_the_last_moment() -> None:
    def no(job: UniversalAIJob) -> None:
        raise PermissionError

    job = make_job("fail")
    with pytest.raises(PermissionError):
        jobs.resubmit(job, before_commit=no)
    assert UniversalAIJob.objects.get() == job


@modify_settings(INSTALLED_APPS={"remove": ["django_universal_ai.gateway"]})
def test_nobody_relays_a_webhook_without_the_gateway() -> None:
    with pytest.raises(ValidationError) as caught:
        jobs.submit(**ASK, webhook_receiver="https://hook.example/", relay_webhook=True)
    words = "Nobody would post it: django_universal_ai.gateway isn't installed."
    assert caught.value.message_dict == {"relay_webhook": [words]}


def test_asking_again_keeps_who_posts_the_webhook() -> None:
    receiver = "https://hook.example/"
    job = jobs.submit(**ASK, webhook_receiver=receiver, relay_webhook=True)
    assert job.relays_webhook
    child = job.resubmit()
    assert (child.webhook_receiver, child.relays_webhook) == (receiver, True)
