from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from django_universal_ai import engine
from django_universal_ai.backends import backends
from django_universal_ai.backends.dummy import DummyBackend
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
