"""``POST /v3/universal-ai``: the answer comes when the work is done."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai import engine
from django_universal_ai.gateway import tokens
from django_universal_ai.models import Status, UniversalAIJob
from tests.marks import concurrent
from tests.rows import events_of, make_job

from .client import JOBS, MODEL, Answer, Api
from .conftest import MakeApi

SYNC = "/v3/universal-ai"
MODERATION = {"model": "text/moderation/google", "input": {"text": "hello"}}
#: The fields of the answer, in the order of the asynchronous one.
FIELDS = ["status", "cost", "provider", "feature", "subfeature", "output", "error"]


@pytest.fixture
def impatient(settings: Settings) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {"SYNC_SECONDS": 1}


def ask(api: Api, **body: Any) -> Answer:
    return api.post(SYNC, MODERATION | body)


@concurrent
@pytest.mark.django_db(transaction=True)
def test_the_answer_comes_with_the_end(live_server: LiveServer) -> None:
    ann = User.objects.create_user("ann")
    headers = {"Authorization": f"Bearer {tokens.create(ann)}"}
    answers: list[httpx.Response] = []

    def post() -> None:
        answers.append(httpx.post(live_server.url + SYNC, json=MODERATION, headers=headers))

    client = threading.Thread(target=post)
    client.start()
    while client.is_alive():  # the worker
        engine.advance()
        client.join(0.05)
    (answer,) = answers
    assert answer.status_code == 200
    assert list(answer.json()) == FIELDS
    assert answer.json()["status"] == "success"
    job = UniversalAIJob.objects.get()
    assert (job.owner, job.status, job.output) == (ann, Status.SUCCESS, answer.json()["output"])
    assert events_of(job) == ["submitted", "succeeded"]


@pytest.mark.usefixtures("impatient")
def test_a_job_that_takes_too_long_runs_on_and_the_answer_says_how_to_get_it(api: Api) -> None:
    answer = ask(api)
    job = UniversalAIJob.objects.get()
    assert (answer.status, answer.data["status"]) == (202, "processing")
    assert answer.data["public_id"] == str(job.pk)
    assert answer.headers["Location"] == f"{JOBS}/{job.pk}"
    assert "1 seconds. It runs on" in answer.data["detail"]
    assert f"GET {JOBS}/{job.pk}" in answer.data["detail"]
    engine.advance()
    assert api.get(answer.headers["Location"]).data["status"] == "success"


def test_a_sandbox_answers_at_once(make_api: MakeApi, ann: User) -> None:
    answer = ask(make_api(ann, sandbox=True), show_original_response=True)
    assert (answer.status, list(answer.data)) == (200, [*FIELDS, "original_response"])
    assert (answer.data["status"], answer.data["cost"]) == ("success", "0.000")


def test_a_failed_job_is_an_answer_like_any_other(
    api: Api, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(**request: Any) -> UniversalAIJob:
        return make_job("fail", owner=ann, error={"message": "The provider gave up."})

    monkeypatch.setattr("django_universal_ai.gateway.cache.submit", submit)
    answer = ask(api)
    assert (answer.status, answer.data["status"]) == (200, "fail")
    assert answer.data["error"] == {"message": "The provider gave up."}


def test_a_feature_that_takes_its_time_is_sent_to_the_other_address(api: Api) -> None:
    answer = ask(api, model=MODEL, input={"file": "https://files.example/a.wav"})
    assert (answer.status, answer.data["error_code"]) == (400, "INVALID_MODEL")
    assert f"POST the same to {JOBS}" in answer.data["detail"]
    assert not UniversalAIJob.objects.exists()


def test_the_request_is_checked_like_any_other(api: Api) -> None:
    assert ask(api, input={}).problems == [(["body", "input", "text"], "value_error")]
    assert ask(api, model="text").problems == [(["body", "model"], "request")]
    assert api.request("POST", SYNC, b"{").status == 422
    assert not UniversalAIJob.objects.exists()


@pytest.mark.usefixtures("impatient")
def test_webhooks_are_no_part_of_it(api: Api) -> None:
    ask(api, webhook_receiver="https://client.example/hook", user_webhook_parameters={"a": 1})
    job = UniversalAIJob.objects.get()
    assert (job.webhook_receiver, job.user_webhook_parameters) == (None, None)


def test_it_needs_a_token(api: Api) -> None:
    assert ask(Api(api.client, None)).status == 401
