from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_universal_ai.models import UniversalAIJob
from django_universal_ai.signals import job_failed, job_succeeded, on_failure, on_success
from django_universal_ai.testing import UniversalAI
from example_project.documents.models import Document
from tests.rows import AUDIO, URL

pytestmark = pytest.mark.django_db(transaction=True)

OCR = "ocr/ocr_async/amazon"


@pytest.fixture(autouse=True)
def _receivers_as_before() -> Iterator[None]:
    before = [(signal, list(signal.receivers)) for signal in (job_succeeded, job_failed)]
    yield
    for signal, receivers in before:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def ended(kit: UniversalAI, *models: str) -> list[UniversalAIJob]:
    jobs = [UniversalAIJob.objects.submit(model=model, input={"file": URL}) for model in models]
    kit.run()
    return jobs


@pytest.mark.parametrize(
    ("patterns", "models"),
    [
        ((), [AUDIO, OCR]),
        (("audio/speech_to_text_async",), [AUDIO]),
        ((OCR,), [OCR]),
        (("*/*/amazon", "audio"), [AUDIO, OCR]),
        (("video",), []),
    ],
)
def test_it_hears_of_the_jobs_that_it_names(
    universal_ai: UniversalAI, patterns: tuple[str, ...], models: list[str]
) -> None:
    heard: dict[str, Any] = {}

    @on_success(*patterns)
    def keep(job: UniversalAIJob, event_id: Any, **kwargs: Any) -> None:
        heard[job.requested_model] = event_id

    ended(universal_ai, AUDIO, OCR)
    assert sorted(heard) == sorted(models)
    assert None not in heard.values()


def test_failures_have_one_of_their_own(universal_ai: UniversalAI) -> None:
    heard: list[str] = []

    @on_success()
    def well(job: UniversalAIJob, **kwargs: Any) -> None:
        heard.append("well")

    @on_failure("ocr")
    def badly(job: UniversalAIJob, **kwargs: Any) -> None:
        heard.append("badly")

    universal_ai.on("ocr").fail()
    ended(universal_ai, OCR)
    assert heard == ["badly"]


def test_it_may_be_asynchronous(universal_ai: UniversalAI) -> None:
    heard: list[Any] = []

    @on_success("audio")
    async def keep(job: UniversalAIJob, **kwargs: Any) -> None:
        heard.append(job.pk)

    (job, _) = ended(universal_ai, AUDIO, OCR)
    assert heard == [job.pk]


async def _is_a_coroutine(job: UniversalAIJob, **kwargs: Any) -> None:
    _heard.append(job.pk)


def _is_plain(job: UniversalAIJob, **kwargs: Any) -> None:
    _heard.append(job.pk)


_heard: list[Any] = []


@pytest.mark.parametrize("function", [_is_plain, _is_a_coroutine])
def test_it_hears_of_jobs_about_one_kind_of_object_alone(
    universal_ai: UniversalAI, function: Any
) -> None:
    _heard.clear()
    on_success("audio", about=Document)(function)
    ada = User.objects.create(pk=1, username="ada")
    document = Document.objects.create(pk=1, title="Minutes")
    about: list[Any] = [ada, None, document]
    jobs = [
        UniversalAIJob.objects.submit(model=AUDIO, input={"file": URL}, content_object=each)
        for each in about
    ]
    universal_ai.run()
    assert _heard == [jobs[2].pk]


def test_one_that_fails_is_called_again_under_its_name(universal_ai: UniversalAI) -> None:
    calls: list[Any] = []

    @on_success("audio")
    def keep(job: UniversalAIJob, **kwargs: Any) -> None:
        calls.append(job.pk)
        if len(calls) < 3:
            raise RuntimeError("not yet")

    (job,) = ended(universal_ai, AUDIO)
    assert calls == [job.pk] * 3
    (receipts,) = job.events.filter(kind="succeeded").values_list("receipts", flat=True)
    (name,) = (name for name in receipts if "under_its_name" in name)
    assert name.endswith("keep")
    assert receipts[name]["done"]


def test_it_stays_a_function() -> None:
    @on_success("audio")
    def double(job: int, **kwargs: Any) -> int:
        return job * 2

    assert double(4) == 8


def test_registered_twice_it_is_called_once(universal_ai: UniversalAI) -> None:
    heard: list[Any] = []
    for _ in range(2):

        @on_success()
        def keep(job: UniversalAIJob, **kwargs: Any) -> None:
            heard.append(job.pk)

    ended(universal_ai, AUDIO)
    assert len(heard) == 1


def test_a_function_hears_of_jobs_by_each_of_its_decorators(universal_ai: UniversalAI) -> None:
    heard: list[Any] = []

    @on_success("audio")
    @on_success("ocr", about=Document)
    @on_success("ocr", about=User)
    def keep(job: UniversalAIJob, **kwargs: Any) -> None:
        heard.append(job.pk)

    ada = User.objects.create(username="ada")
    document = Document.objects.create(title="Minutes")
    about: list[tuple[str, Any]] = [(AUDIO, None), (OCR, ada), (OCR, document), (OCR, None)]
    asked = [
        UniversalAIJob.objects.submit(model=model, input={"file": URL}, content_object=each)
        for model, each in about
    ]
    universal_ai.run()
    assert sorted(heard) == sorted(job.pk for job in asked[:3])


def test_two_functions_of_one_name_are_two(universal_ai: UniversalAI) -> None:
    heard: list[str] = []

    @on_success("audio")
    def _(job: UniversalAIJob, **kwargs: Any) -> None:
        heard.append("first")

    @on_success("audio")
    def _(job: UniversalAIJob, **kwargs: Any) -> None:
        heard.append("second")

    ended(universal_ai, AUDIO)
    assert heard == ["first", "second"]


def test_the_parentheses_are_needed() -> None:
    with pytest.raises(TypeError, match=r"@on_success\(\)"):
        on_success(lambda job: None)  # type: ignore[arg-type]
