from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from django_universal_ai import jobs, waking
from django_universal_ai.exceptions import AlreadyActive
from django_universal_ai.jobs import asking
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from django_universal_ai.testing import UniversalAI
from tests.marks import concurrent
from tests.rows import AUDIO, URL, fresh, make_job, row_of

pytestmark = pytest.mark.django_db

ASK: dict[str, Any] = {"model": AUDIO, "input": {"file": URL}}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], str | None]]:
    """The messages that reached the broker."""
    messages: list[tuple[str, list[str], str | None]] = []

    def send(name: str, args: list[str], queue: str | None) -> bool:
        messages.append((name, args, queue))
        return True

    monkeypatch.setattr(waking, "_send", send)
    return messages


def nothing_is_left(media: Path) -> bool:
    rows = UniversalAIJob.objects.count() + UniversalAIFile.objects.count()
    files = [path for path in media.rglob("*") if path.is_file()]
    return not rows and not files


def refused(**request: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        jobs.submit(**ASK | request)
    words: dict[str, list[str]] = caught.value.message_dict
    return words


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


# ------------------------------------------------------------------------------------ many jobs


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


def test_none_at_all_is_no_error() -> None:
    assert jobs.submit_many([]) == []


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


# ------------------------------------------------------------------------- one active job at most


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


@pytest.mark.parametrize("how", ["one_active", "idempotency_key"])
def test_of_many_one_whose_place_is_taken_meanwhile_keeps_all_out(
    ann: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The other request is saved between our look and our own INSERT."""
    from django_universal_ai.jobs import intake

    ask: dict[str, Any] = {"model": AUDIO, "input": {}, "files": {"file": b"x"}}
    ask |= {"content_object": ann, how: True} if how == "one_active" else {how: "k"}
    store = intake.Intake.store_files

    def lose(self: intake.Intake, owner: Any) -> Mapping[str, UniversalAIFile]:
        monkeypatch.setattr(intake.Intake, "store_files", store)
        jobs.submit(**ask)
        return store(self, owner)

    monkeypatch.setattr(intake.Intake, "store_files", lose)
    with pytest.raises(AlreadyActive if how == "one_active" else IntegrityError):
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
