from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import engine
from django_universal_ai.backends import backends
from django_universal_ai.models import Status, UniversalAIFile, UniversalAIJob
from tests.rows import change, make_job

from .client import FIELDS, JOBS, MODEL, URL, Api

LOCAL = "audio/speech_to_text_async/pocketsphinx"


def test_a_job_is_there_at_once(api: Api, ann: User) -> None:
    answer = api.submit()
    assert answer.status == 202
    assert list(answer.data) == FIELDS
    row = UniversalAIJob.objects.get()
    assert answer.data == {
        "public_id": str(row.pk),
        "status": "processing",
        "cost": "0.000",
        "provider": "google",
        "feature": "audio",
        "subfeature": "speech_to_text_async",
        "output": None,
        "error": None,
        "model": None,
        "created_at": f"{row.requested_at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    assert (row.owner, row.status, row.input) == (ann, Status.PENDING, {"file": URL})


def test_all_that_is_asked_for_is_kept(api: Api) -> None:
    body: dict[str, Any] = {
        "provider_params": {"google": {"temperature": 0.5}},
        "fallbacks": ["amazon", "openai/whisper-1"],
        "show_original_response": True,
        "webhook_receiver": "https://client.example/hook?a=b",
        "user_webhook_parameters": {"order": 17},
    }
    answer = api.submit(f"{MODEL}/chirp/v2", **body)
    assert answer.status == 202
    assert answer.data["model"] == "chirp/v2"
    row = UniversalAIJob.objects.get()
    assert {name: getattr(row, name) for name in body} == body
    assert row.requested_model == f"{MODEL}/chirp/v2"


def test_a_job_ends_and_tells_its_result(api: Api) -> None:
    path = f"{JOBS}/{api.submit().data['public_id']}"
    assert api.get(path).data["status"] == "processing"
    engine.advance()
    answer = api.get(path)
    assert answer.status == 200
    assert list(answer.data) == FIELDS
    assert (answer.data["status"], answer.data["error"]) == ("success", None)
    assert answer.data["output"] == UniversalAIJob.objects.get().output
    assert answer.data["output"]["text"]


def test_a_failed_job_tells_why(api: Api, ann: User) -> None:
    job = make_job("fail", owner=ann, error={"message": "The provider gave up."})
    answer = api.get(f"{JOBS}/{job.pk}")
    assert (answer.data["status"], answer.data["output"]) == ("fail", None)
    assert answer.data["error"] == {"message": "The provider gave up."}


@pytest.mark.parametrize("status", ["pending", "submitting", "uncertain", "processing"])
def test_what_has_not_ended_is_processing(api: Api, ann: User, status: str) -> None:
    job = make_job(status, owner=ann)
    assert api.get(f"{JOBS}/{job.pk}").data["status"] == "processing"


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (None, "0.000"),
        ("0", "0.000"),
        ("0.0125", "0.0125"),
        ("12.5", "12.500"),
        ("1200", "1200.000"),
        ("0.000000000001", "0.000000000001"),
    ],
)
def test_a_cost_is_a_plain_decimal(api: Api, ann: User, cost: str | None, text: str) -> None:
    job = make_job("success", owner=ann, cost=None if cost is None else Decimal(cost))
    assert api.get(f"{JOBS}/{job.pk}").data["cost"] == text


def test_the_original_response_comes_when_it_was_asked_for(api: Api) -> None:
    job = UniversalAIJob.objects.get(pk=api.submit(show_original_response=True).data["public_id"])
    assert api.get(f"{JOBS}/{job.pk}").data["original_response"] is None
    change(job, original_response={"raw": [1]})
    answer = api.get(f"{JOBS}/{job.pk}").data
    assert list(answer) == [*FIELDS, "original_response"]
    assert answer["original_response"] == {"raw": [1]}
    change(job, show_original_response=False)
    assert list(api.get(f"{JOBS}/{job.pk}").data) == FIELDS


def test_null_and_unknown_fields_are_as_good_as_none(api: Api) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ["provider_params", "show_original_response", "webhook_receiver", "user_webhook_parameters"]
    )
    assert api.submit(**nothing, from_the_future=1).status == 202


def test_the_backend_that_serves_the_provider_runs_it(api: Api, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": "django_universal_ai.backends.local.LocalBackend"},
        "remote": {
            "BACKEND": "django_universal_ai.backends.dummy.DummyBackend",
            "OPTIONS": {"providers": ["google"]},
        },
    }
    assert api.submit().status == 202
    assert UniversalAIJob.objects.get().backend == "remote"
    assert backends["remote"].serves(UniversalAIJob.objects.get().model_id)


def test_a_provider_that_nobody_serves_is_an_invalid_model(api: Api, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": "django_universal_ai.backends.local.LocalBackend"}
    }
    answer = api.submit()
    assert answer.status == 400
    assert list(answer.data) == ["detail", "error_code"]
    assert answer.data["error_code"] == "INVALID_MODEL"
    assert "google" in answer.data["detail"]
    assert not UniversalAIJob.objects.exists()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"model": "google"}, (["body", "model"], "request")),
        ({"model": "a/b/"}, (["body", "model"], "request")),
        ({"model": "a/b/c\n"}, (["body", "model"], "request")),
        ({"model": "x" * 300}, (["body", "model"], "request")),
        ({"model": 5}, (["body", "model"], "string_type")),
        ({"model": None}, (["body", "model"], "string_type")),
        ({"input": None}, (["body", "input"], "dict_type")),
        ({"input": ["file"]}, (["body", "input"], "dict_type")),
        ({"input": {}}, (["body", "input", "file"], "value_error")),
        ({"input": {"file": 5}}, (["body", "input", "file"], "value_error")),
        ({"input": {"file": " "}}, (["body", "input", "file"], "value_error")),
        (
            {"input": {"file": URL, "speakers": "two"}},
            (["body", "input", "speakers"], "value_error"),
        ),
        ({"fallbacks": ["a", "b", "c", "d"]}, (["body", "fallbacks"], "too_long")),
        ({"fallbacks": [1]}, (["body", "fallbacks", 0], "string_type")),
        ({"fallbacks": ["ocr/ocr/amazon"]}, (["body", "fallbacks", 0], "request")),
        ({"fallbacks": None}, (["body", "fallbacks"], "list_type")),
        ({"provider_params": []}, (["body", "provider_params"], "dict_type")),
        ({"show_original_response": "maybe"}, (["body", "show_original_response"], "bool_type")),
        ({"webhook_receiver": ""}, (["body", "webhook_receiver"], "string_too_short")),
        ({"webhook_receiver": "ftp://x"}, (["body", "webhook_receiver"], "request")),
        ({"user_webhook_parameters": "x"}, (["body", "user_webhook_parameters"], "dict_type")),
    ],
)
def test_what_is_wrong_is_named(
    api: Api, body: dict[str, Any], problem: tuple[list[int | str], str]
) -> None:
    assert api.submit(**body).problems == [problem]
    assert not UniversalAIJob.objects.exists()


def test_everything_that_is_wrong_is_named_at_once(api: Api) -> None:
    assert api.post(JOBS, {"input": 1, "fallbacks": 2}).problems == [
        (["body", "model"], "missing"),
        (["body", "input"], "dict_type"),
        (["body", "fallbacks"], "list_type"),
    ]


def test_an_offline_provider_names_the_file_that_is_not_there(api: Api) -> None:
    answer = api.submit(LOCAL, input={"file": str(uuid.uuid4())})
    assert answer.problems == [(["body", "input", "file"], "value_error")]
    assert "no uploaded file" in answer.data["detail"][0]["msg"]


def test_a_file_that_has_expired_is_not_there(api: Api) -> None:
    file_id = api.upload().data["file_id"]
    UniversalAIFile.objects.update(expires_at=timezone.now())
    answer = api.submit(LOCAL, input={"file": file_id})
    assert answer.problems == [(["body", "input", "file"], "value_error")]


def test_a_file_of_another_owner_is_not_there(api: Api, bobs: Api) -> None:
    file_id = api.upload().data["file_id"]
    answer = bobs.submit(LOCAL, input={"file": file_id})
    unknown = bobs.submit(LOCAL, input={"file": str(uuid.uuid4())})
    assert answer.problems == unknown.problems == [(["body", "input", "file"], "value_error")]


def test_an_unknown_job_is_not_found(api: Api) -> None:
    answer = api.get(f"{JOBS}/{uuid.uuid4()}")
    assert (answer.status, answer.data) == (404, {"detail": "Job not found."})


def test_the_job_of_another_owner_is_not_found_in_the_same_words(api: Api, bobs: Api) -> None:
    theirs = api.submit().data["public_id"]
    for method in ("GET", "DELETE"):
        answer = bobs.request(method, f"{JOBS}/{theirs}")
        unknown = bobs.request(method, f"{JOBS}/{uuid.uuid4()}")
        assert (answer.status, answer.data) == (unknown.status, unknown.data)
        assert answer.status == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("job_id", ["1", "abc123-def456", "%00", "0" * 5000, "%F0%9F%92%A9"])
def test_an_id_that_is_no_uuid_is_named(api: Api, method: str, job_id: str) -> None:
    answer = api.request(method, f"{JOBS}/{job_id}")
    assert answer.problems == [(["path", "job_id"], "uuid_parsing")]
