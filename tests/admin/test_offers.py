"""Resubmitting with another provider: who could do it, at what price, checked first."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import Settings

from django_universal_ai.admin import offers
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import Offer
from django_universal_ai.models import JobFile, Price, UniversalAIFile, UniversalAIJob
from tests.rows import make_job

from .conftest import RESUBMIT, Person, messages_of, press, select

pytestmark = pytest.mark.django_db

AMAZON = "ocr/ocr_async/amazon"
HERE = "ocr/ocr_async/rapidocr"


@pytest.fixture(autouse=True)
def _backends(settings: Settings) -> None:
    http = "django_universal_ai.backends.http.HTTPBackend"
    options = {"api_key": "k-1", "base_url": "http://127.0.0.1:9"}
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": http, "OPTIONS": options},
        "eu": {"BACKEND": http, "OPTIONS": options | {"api_key": "k-2"}},
        "local": {"BACKEND": "django_universal_ai.backends.local.LocalBackend"},
    }


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look and resubmit."""
    return person("view_universalaijob", "resubmit_universalaijob")


def ocr(**fields: Any) -> UniversalAIJob:
    """A job that read a stored file."""
    file = UniversalAIFile.objects.store(b"%PDF-1.7", name="bill.pdf")
    row: dict[str, Any] = {
        "requested_model": AMAZON,
        "feature": "ocr",
        "subfeature": "ocr_async",
        "provider": "amazon",
        "input": {"file": str(file.pk)},
    }
    job = make_job("fail", **row | fields)
    JobFile.objects.create(job=job, file=file, field="file")
    return job


def confirm(client: Client, jobs: list[UniversalAIJob], model: str, token: str = "") -> Any:
    data = {
        "token": token or str(uuid.uuid4()),
        "model": model,
        "_selected_action": [str(job.pk) for job in jobs],
    }
    return client.post(RESUBMIT, data, follow=True)


def test_those_who_serve_it_are_offered_with_their_prices(clerk: Client) -> None:
    Price.objects.create(name="rapidocr", unit="page", amount=Decimal("0.002"))
    groups = dict(offers.groups_of("ocr/ocr_async"))
    assert groups["In your workers"] == [(HERE, f"{HERE}: 0.002 credits per page")]
    assert any(label.startswith(f"{AMAZON}: $") for _model, label in groups["At the service"])
    html = press(clerk, ocr(), "resubmit").content.decode()
    assert f'<option value="{HERE}">{HERE}: 0.002 credits per page</option>' in html
    assert "The same as before" in html


def test_what_runs_here_is_free_without_a_price() -> None:
    assert dict(offers.groups_of("ocr/ocr_async"))["In your workers"] == [(HERE, f"{HERE}: free")]


def test_another_provider_gets_the_same_input(clerk: Client) -> None:
    job = ocr(provider_params={"made": "for amazon"}, metadata={"order": 7})
    told = messages_of(confirm(clerk, [job], HERE))
    assert told == ["1 job was resubmitted."]
    new = job.resubmissions.get()
    assert (new.requested_model, new.backend, new.input) == (HERE, "local", job.input)
    assert (new.provider_params, new.metadata) == (None, {"order": 7})
    assert new.job_files.get().file == job.job_files.get().file
    said = LogEntry.objects.filter(object_id=str(job.pk)).get().change_message
    assert said == f"Resubmitted as {new.pk}, with {HERE}."


def test_parameters_stay_where_the_provider_does(clerk: Client) -> None:
    job = ocr(provider_params={"made": "for amazon"})
    confirm(clerk, [job], AMAZON)
    assert job.resubmissions.get().provider_params == {"made": "for amazon"}


def test_a_job_stays_with_its_account(clerk: Client) -> None:
    job = ocr(backend="eu")
    confirm(clerk, [job], "ocr/ocr_async/mistral")
    assert job.resubmissions.get().backend == "eu"


def test_all_are_checked_before_one_is_made(clerk: Client) -> None:
    able, gone = ocr(), ocr(input={"file": str(uuid.uuid4())})
    response = confirm(clerk, [able, gone], HERE)
    assert UniversalAIJob.objects.count() == 2
    html = response.content.decode()
    assert "Nothing was sent." in html
    assert "1 job: input.file: There is no uploaded file with the id" in html
    token = response.context["form"]["token"].value()
    told = messages_of(confirm(clerk, [able, gone], AMAZON, token))
    assert told == ["2 jobs were resubmitted."]


def test_only_what_is_offered_can_be_chosen(clerk: Client) -> None:
    job = ocr()
    for model in ("ocr/ocr_async/nobody", "audio/tts/google", "x"):
        assert "errorlist" in confirm(clerk, [job], model).content.decode()
    assert UniversalAIJob.objects.count() == 1


def test_jobs_of_several_features_have_no_choice(clerk: Client) -> None:
    html = select(clerk, [ocr(), make_job("fail")], "resubmit").content.decode()
    assert 'name="model"' not in html
    assert "select jobs of one feature" in html


def test_a_second_click_makes_no_second_job(clerk: Client) -> None:
    job, token = ocr(), str(uuid.uuid4())
    for _ in range(2):
        response = confirm(clerk, [job], HERE, token)
    assert job.resubmissions.count() == 1
    assert messages_of(response)[-1].startswith("1 job had been resubmitted by the same")


@pytest.mark.parametrize(
    ("price", "quantity", "words"),
    [("0", 1, "free"), ("0.5", 1, "$0.500 per page"), ("0.5", 1000, "$0.500 for 1000 \u00d7 page")],
)
def test_prices_at_the_service(
    monkeypatch: pytest.MonkeyPatch, price: str, quantity: int, words: str
) -> None:
    offer = Offer(AMAZON, Decimal(price), quantity, "page")
    monkeypatch.setattr(HTTPBackend, "catalogue", lambda self, name: [offer])
    assert dict(offers.groups_of("ocr/ocr_async"))["At the service"] == [
        (AMAZON, f"{AMAZON}: {words}")
    ]


def test_settings_that_cannot_be_used_offer_nobody(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": "nowhere.Backend"}}
    assert offers.groups_of("ocr/ocr_async") == []
