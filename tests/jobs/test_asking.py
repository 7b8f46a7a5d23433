from __future__ import annotations

import asyncio
import io
import logging
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from django_universal_ai import jobs, waking
from django_universal_ai.jobs import asking
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import AUDIO, URL, fresh

from .requests import ASK, nothing_is_left, refused

pytestmark = pytest.mark.django_db


def test_a_request_becomes_a_row_with_every_part_of_it() -> None:
    owner = User.objects.create(username="ann")
    job = UniversalAIJob.objects.submit(
        model="audio/speech_to_text_async/google/chirp/v2",
        input={"file": URL, "language": "en"},
        provider_params={"a": [1]},
        fallbacks=["amazon"],
        show_original_response=True,
        webhook_receiver="https://me.example/hook",
        user_webhook_parameters={"b": 2},
        owner=owner,
        content_object=owner,
        metadata={"invoice": 7},
        priority=5,
    )
    job = fresh(job)
    assert job.requested_model == "audio/speech_to_text_async/google/chirp/v2"
    assert (job.feature, job.subfeature, job.provider) == (
        "audio",
        "speech_to_text_async",
        "google",
    )
    assert (job.model, job.backend, job.status) == ("chirp/v2", "default", "pending")
    assert job.input == {"file": URL, "language": "en"}
    assert (job.provider_params, job.fallbacks) == ({"a": [1]}, ["amazon"])
    assert job.show_original_response
    assert job.webhook_receiver == "https://me.example/hook"
    assert job.user_webhook_parameters == {"b": 2}
    assert (job.owner, job.content_object) == (owner, owner)
    assert (job.metadata, job.priority) == ({"invoice": 7}, 5)
    assert job.due_at
    assert (job.public_id, job.created_at, job.submitted_at) == (None, None, None)
    assert job.request.body()["input"] == job.input


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no slash": ({"model": "ocr"}, "model"),
    "two parts": ({"model": "ocr/ocr_async"}, "model"),
    "empty part": ({"model": "ocr//google"}, "model"),
    "blank part": ({"model": "ocr/ /google"}, "model"),
    "stray blank": ({"model": " ocr/ocr_async/google"}, "model"),
    "empty model part": ({"model": "ocr/ocr_async/google/"}, "model"),
    "model too long": ({"model": "ocr/ocr_async/" + "g" * 250}, "model"),
    "feature too long": ({"model": "f" * 101 + "/s/p"}, "model"),
    "subfeature too long": ({"model": "f/" + "s" * 101 + "/p"}, "model"),
    "provider too long": ({"model": "f/s/" + "p" * 101}, "model"),
    "model part too long": ({"model": "f/s/p/" + "m" * 201}, "model"),
    "NUL in the model": ({"model": "ocr/ocr_async/goo\0gle"}, "model"),
    "model of another type": ({"model": 5}, "model"),
    "no model": ({"model": None}, "model"),
    "input is a text": ({"input": "file"}, "input"),
    "input is missing": ({"input": None}, "input"),
    "input without its file": ({"input": {}}, "input.file"),
    "file is a number": ({"input": {"file": 5}}, "input.file"),
    "file is empty": ({"input": {"file": ""}}, "input.file"),
    "speakers in words": ({"input": {"file": URL, "speakers": "two"}}, "input.speakers"),
    "not JSON": ({"input": {"file": URL, "x": object()}}, "input"),
    "NaN": ({"input": {"file": URL, "x": float("nan")}}, "input"),
    "NUL": ({"input": {"file": URL, "x": "a\0b"}}, "input"),
    "params are a list": ({"provider_params": [1]}, "provider_params"),
    "four fallbacks": ({"fallbacks": ["a", "b", "c", "d"]}, "fallbacks"),
    "fallback of another feature": ({"fallbacks": ["ocr/ocr_async/google"]}, "fallbacks.0"),
    "receiver is no URL": ({"webhook_receiver": "ftp://x"}, "webhook_receiver"),
    "receiver is empty": ({"webhook_receiver": ""}, "webhook_receiver"),
    "unknown backend": ({"using": "nowhere"}, "using"),
    "unknown offline provider": ({"using": "local"}, "model"),
    "metadata is a text": ({"metadata": "invoice 7"}, "metadata"),
    "metadata is not JSON": ({"metadata": {"user": object()}}, "metadata"),
    "NaN in metadata": ({"metadata": {"x": float("inf")}}, "metadata"),
    "key too long": ({"idempotency_key": "k" * 256}, "idempotency_key"),
    "NUL in the key": ({"idempotency_key": "k\0"}, "idempotency_key"),
    "priority in words": ({"priority": "high"}, "priority"),
    "unsaved object": ({"content_object": User(username="new")}, "content_object"),
    "files as a list": ({"input": {}, "files": ["a.wav"]}, "files"),
    "file given twice": ({"files": {"file": b"x"}}, "input.file"),
    "file of a strange type": ({"input": {}, "files": {"file": 5}}, "input.file"),
    "empty file": ({"input": {}, "files": {"file": b""}}, "input.file"),
    "missing file": ({"input": {}, "files": {"file": "/nowhere/call.wav"}}, "input.file"),
    "folder as a file": ({"input": {}, "files": {"file": Path("/tmp")}}, "input.file"),  # noqa: S108 - any folder
    "NUL in a path": ({"input": {}, "files": {"file": "a\0b"}}, "input.file"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_names_its_field_and_leaves_nothing(
    name: str,
    settings: Settings,
    sent: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    request, field = BAD[name]
    with django_capture_on_commit_callbacks(execute=True):
        words = refused(**request)
    assert list(words) == [field]
    assert all(text.strip() for text in words[field])
    assert nothing_is_left(settings.MEDIA_ROOT)
    assert sent == []


def test_an_input_may_be_empty_where_the_feature_is_not_known() -> None:
    assert jobs.submit(model="new/feature/google", input={}).input == {}


def test_a_second_file_that_cannot_be_read_takes_the_first_with_it(settings: Settings) -> None:
    words = refused(model="new/feature/google", input={}, files={"a": b"good", "b": "/nowhere"})
    assert list(words) == ["input.b"]
    assert nothing_is_left(settings.MEDIA_ROOT)


@pytest.mark.parametrize("error", [OSError("disk full"), SystemExit(1)])
def test_a_file_that_breaks_halfway_leaves_nothing(
    error: BaseException, settings: Settings
) -> None:
    class Breaking(io.BytesIO):
        """Ends in an error after the first piece."""

        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise error
            return super().read(10)

    expected = ValidationError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        jobs.submit(model=AUDIO, input={}, files={"file": Breaking(b"x" * 100)})
    assert nothing_is_left(settings.MEDIA_ROOT)


def test_a_row_that_cannot_be_saved_leaves_no_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise SystemError("no database")

    monkeypatch.setattr(asking, "insert_rows", fail)
    with pytest.raises(SystemError):
        jobs.submit(model=AUDIO, input={}, files={"file": b"sound"})
    assert nothing_is_left(settings.MEDIA_ROOT)


def test_an_owner_has_to_be_saved_before() -> None:
    with pytest.raises(ValidationError, match="Save it first"):
        jobs.submit(**ASK, owner=User(username="ann"))
    assert not UniversalAIJob.objects.exists()


def test_a_file_is_linked_and_its_id_stands_in_the_input() -> None:
    job = jobs.submit(model=AUDIO, input={"language": "en"}, files={"file": b"sound"})
    link = JobFile.objects.get(job=job)
    assert (link.field, link.file.size) == ("file", 5)
    assert job.input == {"language": "en", "file": str(link.file.pk)}


def test_a_stored_file_may_be_named_by_its_id() -> None:
    file = UniversalAIFile.objects.store(b"sound")
    job = jobs.submit(model=AUDIO, input={"file": str(file.pk)})
    assert JobFile.objects.get(job=job).file == file


def test_the_file_of_another_owner_does_not_exist() -> None:
    ann, bob = (User.objects.create(username=name) for name in ("ann", "bob"))
    file = UniversalAIFile.objects.store(b"sound", owner=ann)
    job = jobs.submit(model=AUDIO, input={"file": str(file.pk)}, owner=bob)
    assert not JobFile.objects.filter(job=job).exists()
    assert JobFile.objects.filter(
        job=jobs.submit(model=AUDIO, input={"file": str(file.pk)}, owner=ann)
    ).exists()


# ------------------------------------------------------------------------------- waking workers


def test_a_worker_is_woken_after_the_commit_and_not_before(
    sent: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.submit(**ASK)
        assert sent == []
    assert sent == [(waking.SUBMIT, [str(job.pk)], None)]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_of_the_host_takes_row_and_message_with_it(sent: list[Any]) -> None:
    with pytest.raises(SystemError), transaction.atomic():
        _submit_and_fail()
    assert not UniversalAIJob.objects.exists()
    assert sent == []


def _submit_and_fail() -> None:
    jobs.submit(**ASK)
    raise SystemError


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_hurts_nobody(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: Celery = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy
    Celery("test", broker="amqp://127.0.0.1:9//", set_as_current=True)
    monkeypatch.setattr(waking, "_left_alone_until", 0.0)
    try:
        with caplog.at_level(logging.WARNING, "django_universal_ai"):
            job = jobs.submit(**ASK)
    finally:
        before.set_current()
    assert fresh(job).status == "pending"
    assert "A worker will find the job" in caplog.text


def test_async_code_may_ask_too(sent: list[Any]) -> None:
    async def ask() -> UniversalAIJob:
        return await UniversalAIJob.objects.asubmit(model="ocr", input={})

    with pytest.raises(ValidationError, match="too short"):
        asyncio.run(ask())


@pytest.mark.django_db(transaction=True)
def test_an_async_request_is_saved(sent: list[Any]) -> None:
    job = asyncio.run(UniversalAIJob.objects.asubmit(**ASK))
    assert fresh(job).status == "pending"
    assert [name for name, *_ in sent] == [waking.SUBMIT]
