from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction
from pytest_django import Settings

from django_universal_ai import jobs
from django_universal_ai.backends import RunResponse, backends
from django_universal_ai.checks import check_settings
from django_universal_ai.engine import running
from django_universal_ai.models import Price, UniversalAIJob
from tests.providers.conftest import actor
from tests.rows import fresh, make_job

__all__ = ["actor"]

pytestmark = pytest.mark.django_db

MODEL = "ocr/ocr_async/rapidocr"


def use(settings: Settings, prices: Any) -> None:
    settings.UNIVERSAL_AI = {
        "default": {
            "BACKEND": "django_universal_ai.backends.local.LocalBackend",
            "OPTIONS": {"prices": prices},
        }
    }


def make_ocr(model: str = MODEL) -> UniversalAIJob:
    feature, subfeature, provider, *_rest = model.split("/")
    return make_job(
        requested_model=model, feature=feature, subfeature=subfeature, provider=provider, input={}
    )


def run(job: UniversalAIJob, status: str = "success", **more: Any) -> UniversalAIJob:
    """The job is done here, with three pages and 90 seconds; the row afterwards."""
    lease = jobs.begin_run(job, most_attempts=1)
    assert lease
    feature, subfeature, provider, *model = job.requested_model.split("/", 3)
    response = RunResponse(
        public_id=str(job.pk),
        status=status,
        cost=Decimal("0.5"),
        provider=provider,
        feature=feature,
        subfeature=subfeature,
        model=model[0] if model else None,
        usage={"page": Decimal(3), "second": Decimal(90)},
    ).model_copy(update=more)
    assert jobs.finish_run(job, lease, response)
    return fresh(job)


def test_without_a_price_it_costs_what_the_provider_says(settings: Settings) -> None:
    use(settings, {"other": {"page": 1}})
    assert run(make_ocr()).cost == Decimal("0.5")


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({MODEL: {"page": "0.1"}}, "0.3"),
        ({"rapidocr": {"minute": "0.1"}}, "0.15"),
        ({"rapidocr": {"page": 1}, MODEL: {"page": "0.1", "request": "1"}}, "1.3"),
        ({MODEL: {"page": 0}}, "0"),
        ({MODEL: {"reserve": 9}}, "0.5"),
        ({MODEL: {"hour": "0.01"}}, "0.00025"),
    ],
)
def test_a_run_costs_what_the_setting_says(settings: Settings, prices: Any, cost: str) -> None:
    use(settings, prices)
    assert run(make_ocr()).cost == Decimal(cost)


def test_a_price_may_be_a_model_s(settings: Settings) -> None:
    use(settings, {MODEL: {"page": 1}, f"{MODEL}/fine/v2": {"page": 2}})
    assert [run(make_ocr(f"{MODEL}/{name}")).cost for name in ("fine/v2", "other")] == [6, 3]


def test_a_row_goes_before_the_setting(settings: Settings) -> None:
    use(settings, {MODEL: {"page": 1, "request": 1}})
    row = Price.objects.create(name=MODEL, unit="page", amount=Decimal(2))
    assert run(make_ocr()).cost == 6
    row.amount = Decimal(3)
    row.save()
    assert run(make_ocr()).cost == 9
    row.delete()
    assert run(make_ocr()).cost == 4


def test_a_run_that_failed_is_free(settings: Settings) -> None:
    use(settings, {MODEL: {"request": 1}})
    assert run(make_ocr(), "fail", cost=Decimal(0)).cost == 0


def test_what_the_provider_does_not_tell_is_said(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, {MODEL: {"1000_tokens": 1, "request": 1}})
    job = run(make_ocr())
    assert job.cost == 1
    assert f"job {job.pk}: rapidocr has a price per token" in caplog.text


def test_a_cost_beyond_all_reason_ends_the_job_all_the_same(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, {MODEL: {"page": "999999999999"}})
    job = run(make_ocr(), usage={"page": Decimal("1e9")})
    assert job.status == "success"
    assert [r.levelno for r in caplog.records if "beyond all reason" in r.message] == [
        logging.ERROR
    ]


def test_a_real_run_is_priced(settings: Settings, actor: str) -> None:
    use(settings, {"actor": {"request": "0.25", "reserve": 2}})
    job = make_job(
        requested_model="text/act/actor",
        feature="text",
        subfeature="act",
        provider="actor",
        input={"do": "echo"},
    )
    assert jobs.reserve_of(job) == 2
    assert running.run(job)
    assert fresh(job).cost == Decimal("0.25")


def test_what_is_set_aside(settings: Settings) -> None:
    use(settings, {MODEL: {"request": "0.25", "page": 1}})
    assert jobs.reserve_of(make_ocr()) == Decimal("0.25")
    assert jobs.reserve_of(make_ocr("ocr/ocr/amazon")) == 0
    assert jobs.reserve_of(make_job(backend="gone")) == 0


def test_a_wrong_setting_is_found(settings: Settings) -> None:
    use(settings, {MODEL: {"page": -1}})
    with pytest.raises(ImproperlyConfigured, match="negative"):
        backends.all()
    (message,) = check_settings()
    assert message.id == "universal_ai.E001"
    assert message.msg == (
        "settings.UNIVERSAL_AI['default']['OPTIONS']['prices']: "
        f"the price of '{MODEL}' per 'page' is negative: -1"
    )


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"name": "ocr/ocr_async"}, "name"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("1e12")}, "amount"),
        ({"unit": "pages"}, "unit"),
    ],
)
def test_a_wrong_row_is_named(row: dict[str, Any], field: str) -> None:
    price = Price(**{"name": MODEL, "unit": "page", "amount": Decimal(1)} | row)
    with pytest.raises(ValidationError) as caught:
        price.full_clean()
    assert list(caught.value.message_dict) == [field]


def test_the_database_refuses_a_negative_price() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(name=MODEL, unit="page", amount=Decimal(-1))
