"""What a scripted backend takes, and for what price, is what the one that it stands for does."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.providers import rapidocr
from django_universal_ai.testing import UniversalAI
from tests.providers.conftest import actor

from .test_kit import now, submit

__all__ = ["actor"]

OCR = "ocr/ocr_async/rapidocr"
SCAN = {"file": "https://files.example/scan.pdf"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_service_and_providers_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rapidocr.RapidOCR, "requires", ())  # whatever is installed
    backends = "django_universal_ai.backends"
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": f"{backends}.http.HTTPBackend", "OPTIONS": {"api_key": "key"}},
        "local": {
            "BACKEND": f"{backends}.local.LocalBackend",
            "OPTIONS": {"prices": {"rapidocr": {"request": "0.7"}}},
        },
    }


def played(by_kit: bool) -> AbstractContextManager[object]:
    return UniversalAI() if by_kit else nullcontext()


both = pytest.mark.parametrize("by_kit", [False, True], ids=["real", "kit"])


@both
def test_fallbacks_go_where_they_would_go(by_kit: bool) -> None:
    with played(by_kit):
        assert submit(OCR, input=SCAN, fallbacks=["google"]).route == ["local", "default"]


@both
@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (str(uuid4()), "no uploaded file"),
        ("http://10.0.0.1/scan.pdf", "https URLs only"),
        ("scan.pdf", "upload it first"),
    ],
    ids=["unknown", "address", "name"],
)
def test_a_file_that_no_provider_here_could_read_is_refused(
    by_kit: bool, file: str, problem: str
) -> None:
    with played(by_kit), pytest.raises(ValidationError, match=problem):
        submit(OCR, input={"file": file})


@both
def test_a_service_sees_files_that_are_not_here(by_kit: bool) -> None:
    with played(by_kit):
        assert submit("ocr/ocr_async/google", input={"file": str(uuid4())}).backend == "default"


@both
def test_budgets_set_aside_what_the_settings_say(by_kit: bool) -> None:
    with played(by_kit):
        assert jobs.reserve_of(submit(OCR, input=SCAN)) == Decimal("0.7")


def test_a_service_takes_over_what_failed_here(universal_ai: UniversalAI) -> None:
    universal_ai.on(OCR).fail("Too dark.")
    job = submit(OCR, input=SCAN, fallbacks=["google"])
    universal_ai.run()
    assert (now(job).status, job.provider, job.backend) == ("success", "google", "default")
    assert [post.model for post in universal_ai.posts] == [OCR, "ocr/ocr_async/google"]


@pytest.mark.usefixtures("actor")
def test_fallbacks_here_are_tried_one_after_the_other(universal_ai: UniversalAI) -> None:
    universal_ai.on("text/act/actor").fail()
    universal_ai.on("text/act/actor/second").succeed({"text": "Hello"})
    job = submit("text/act/actor", input={"do": "echo"}, fallbacks=["actor/second"])
    universal_ai.run()
    assert (now(job).status, job.model) == ("success", "second")
