from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from django_universal_ai import engine
from django_universal_ai.backends import backends
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.contract import FEATURES, sample_input
from django_universal_ai.gateway import sandbox as played
from django_universal_ai.models import Status, UniversalAIJob
from tests.rows import events_of

from .client import FIELDS, JOBS, MODEL, Api
from .conftest import MakeApi


@pytest.fixture
def sandbox(make_api: MakeApi, ann: User) -> Api:
    return make_api(ann, sandbox=True)


def test_a_sandbox_job_ends_at_once_and_reaches_nobody(sandbox: Api) -> None:
    answer = sandbox.submit(f"{MODEL}/chirp")
    assert answer.status == 202
    assert list(answer.data) == FIELDS
    assert (answer.data["status"], answer.data["cost"]) == ("success", "0.000")
    assert answer.data["output"]["text"]
    assert answer.data["model"] == "chirp"
    engine.advance()
    backend = backends["default"]
    assert isinstance(backend, DummyBackend)
    assert backend.requests == []
    assert sandbox.get(f"{JOBS}/{answer.data['public_id']}").data == answer.data


def test_a_sandbox_job_is_a_job_with_its_signals(sandbox: Api) -> None:
    sandbox.submit(show_original_response=True)
    job = UniversalAIJob.objects.get()
    assert (job.status, job.metadata) == (Status.SUCCESS, {"sandbox": True})
    assert events_of(job) == ["submitted", "succeeded"]
    assert job.original_response == {"sandbox": True}


def test_a_sandbox_request_is_checked_like_any_other(sandbox: Api) -> None:
    assert sandbox.submit(input={}).problems == [(["body", "input", "file"], "value_error")]
    assert not UniversalAIJob.objects.exists()


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_is_played(sandbox: Api, name: str) -> None:
    answer = sandbox.submit(f"{name}/someone", input=sample_input(name)).data
    assert (answer["status"], answer["cost"]) == ("success", "0.000")
    typed = FEATURES[name].output.model_validate(answer["output"])
    assert typed.model_extra == {}
    assert typed.model_dump(mode="json") == answer["output"]
    assert UniversalAIJob.objects.get().result == typed


@pytest.mark.parametrize("backend", ["http.HTTPBackend", "local.LocalBackend"])
def test_nobody_has_to_be_able_to_do_it(sandbox: Api, settings: Any, backend: str) -> None:
    path = f"django_universal_ai.backends.{backend}"
    settings.UNIVERSAL_AI = {"default": {"BACKEND": path}}
    answer = sandbox.submit("image/generation/openai", input={"text": "a cat"})
    assert (answer.status, answer.data["status"]) == (202, "success")


def test_nobody_has_to_be_able_to_stand_in_for_it(sandbox: Api, settings: Any) -> None:
    path = "django_universal_ai.backends.http.HTTPBackend"
    settings.UNIVERSAL_AI = {"default": {"BACKEND": path}}
    answer = sandbox.submit(fallbacks=["amazon", "openai"])
    assert (answer.status, answer.data["status"]) == (202, "success")


def test_a_feature_without_a_schema_cannot_be_played(sandbox: Api) -> None:
    answer = sandbox.submit("music/compose/suno")
    assert (answer.status, answer.data["error_code"]) == (400, "INVALID_MODEL")
    assert "'music/compose'" in answer.data["detail"]
    assert not UniversalAIJob.objects.exists()


def test_a_key_that_is_used_again_gives_the_same_job(ann: User) -> None:
    request = {"model": "text/moderation/google", "input": {"text": "hello"}, "owner": ann}
    first = played.submit(**request, idempotency_key="one")
    again = played.submit(**request, idempotency_key="one")
    assert again == first
    assert again.status == Status.SUCCESS
