"""Answers from earlier jobs, where a provider answers the same with the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.contract import ModelId
from django_universal_ai.models import JobEvent, Status, UniversalAIFile, UniversalAIJob
from django_universal_ai.providers import rapidocr
from tests.rows import change, events_of

from .client import JOBS, Api
from .conftest import MakeApi

MODEL = "ocr/ocr_async/rapidocr"
OUTPUT = {"raw_text": "hello", "pages": []}


@pytest.fixture(autouse=True)
def _on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {"CACHE_SECONDS": 3600}
    # Nothing is run here: whether its packages are installed doesn't matter.
    monkeypatch.setattr(rapidocr.RapidOCR, "requires", ())


def upload(owner: User, content: bytes = b"a scan") -> str:
    return str(UniversalAIFile.objects.store(ContentFile(content, "scan.png"), owner=owner).pk)


def ask(api: Api, file: str, **body: Any) -> UniversalAIJob:
    answer = api.submit(MODEL, **{"input": {"file": file}} | body)
    assert answer.status == 202, answer.data
    return UniversalAIJob.objects.get(pk=answer.data["public_id"])


def end(job: UniversalAIJob, **values: Any) -> UniversalAIJob:
    ended = {"status": "success", "output": OUTPUT, "cost": 2, "finished_at": timezone.now()}
    return change(job, **ended | values)


def test_the_same_again_is_answered_at_once(api: Api, ann: User) -> None:
    first = end(ask(api, upload(ann)))
    again = ask(api, upload(ann))  # another upload of the same content
    assert again.pk != first.pk
    assert (again.status, again.output, again.cost) == (Status.SUCCESS, OUTPUT, Decimal(0))
    assert again.metadata == {"answered_from": str(first.pk)}
    assert set(events_of(again)) == {"submitted", "succeeded", "noticed"}
    noticed = JobEvent.objects.get(job=again, kind="noticed")
    assert noticed.detail["job"] == str(first.pk)
    assert api.get(f"{JOBS}/{again.pk}").data["cost"] == "0.000"


@pytest.mark.parametrize(
    "body",
    [
        {"model": f"{MODEL}/other"},
        {"provider_params": {"text_layer": False}},
        {"show_original_response": True},
    ],
)
def test_another_request_is_done(api: Api, ann: User, body: dict[str, Any]) -> None:
    file = upload(ann)
    end(ask(api, file))
    answer = api.submit(**{"model": MODEL, "input": {"file": file}} | body)
    assert answer.data["status"] == "processing"


def test_another_content_or_input_is_done(api: Api, ann: User) -> None:
    end(ask(api, upload(ann)))
    assert ask(api, upload(ann, b"another scan")).status == Status.PENDING
    file = upload(ann)
    assert ask(api, file, input={"file": file, "language": "de"}).status == Status.PENDING


def test_a_file_elsewhere_may_be_another_one_by_now(api: Api) -> None:
    url = "https://files.example/scan.png"
    end(ask(api, url))
    assert ask(api, url).status == Status.PENDING


def test_another_owner_is_told_nothing(api: Api, bobs: Api, ann: User, bob: User) -> None:
    end(ask(api, upload(ann)))
    assert ask(bobs, upload(bob)).status == Status.PENDING


@pytest.mark.parametrize(
    "values",
    [
        {"status": "fail"},
        {"status": "processing", "finished_at": None},
        {"provider": "a-fallback"},
        {"finished_at": timezone.now() - timedelta(hours=2)},
    ],
)
def test_only_a_fresh_success_of_the_provider_counts(
    api: Api, ann: User, values: dict[str, Any]
) -> None:
    end(ask(api, upload(ann)), **values)
    assert ask(api, upload(ann)).status == Status.PENDING


def test_what_was_deleted_is_forgotten(api: Api, ann: User) -> None:
    first = end(ask(api, upload(ann)))
    assert api.delete(f"{JOBS}/{first.pk}").status == 200
    assert ask(api, upload(ann)).status == Status.PENDING


def test_it_is_off_unless_it_is_set(api: Api, ann: User, settings: Settings) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {}
    end(ask(api, upload(ann)))
    settings.UNIVERSAL_AI_GATEWAY = {"CACHE_SECONDS": 3600}
    assert ask(api, upload(ann)).status == Status.PENDING


def test_a_sandbox_stays_a_sandbox(api: Api, make_api: MakeApi, ann: User) -> None:
    end(ask(api, upload(ann)))
    assert "answered_from" not in ask(make_api(ann, sandbox=True), upload(ann)).metadata


def test_who_says_nothing_is_not_deterministic(api: Api) -> None:
    assert jobs.is_repeatable(ModelId.parse(MODEL))
    for model in ("audio/speech_to_text_async/pocketsphinx", "ocr/ocr_async/amazon"):
        assert not jobs.is_repeatable(ModelId.parse(model))
    assert api.submit().data["status"] == api.submit().data["status"] == "processing"
