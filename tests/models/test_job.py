from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai import engine, jobs
from django_universal_ai.backends import backends
from django_universal_ai.contract.features.ocr import OcrAsyncOutput
from django_universal_ai.exceptions import NotFound
from django_universal_ai.models import TypedJob, UniversalAIJob
from django_universal_ai.models.asked import Asked, AskedAgain


@pytest.mark.parametrize(
    ("status", "days", "at_risk"),
    [
        ("processing", {"submitted_at": 5.1}, True),
        ("processing", {"submitted_at": 4.9, "requested_at": 9}, False),
        ("processing", {}, False),
        ("uncertain", {"posted_at": 5.1}, True),
        ("uncertain", {"posted_at": 4.9, "requested_at": 9}, False),
        ("uncertain", {"requested_at": 5.1}, True),
        ("submitting", {"posted_at": 9}, False),
        ("pending", {"requested_at": 9}, False),
        ("success", {"submitted_at": 9}, False),
        ("fail", {"submitted_at": 9, "posted_at": 9}, False),
    ],
)
def test_a_result_is_at_risk_after_five_days_at_the_service(
    status: str, days: dict[str, Any], at_risk: bool
) -> None:
    moments = {name: timezone.now() - timedelta(days=ago) for name, ago in days.items()}
    assert UniversalAIJob(status=status, **moments).result_at_risk is at_risk


def test_a_typed_job_is_a_job() -> None:
    assert TypedJob is UniversalAIJob
    assert TypedJob[OcrAsyncOutput] is UniversalAIJob


@pytest.mark.parametrize(
    ("status", "cost", "known"),
    [
        ("pending", None, None),
        ("processing", "0", None),
        ("processing", "0.02", "0.02"),
        ("success", None, None),
        ("success", "0", "0"),
        ("fail", "0.01", "0.01"),
    ],
)
def test_the_zero_of_a_job_at_work_is_no_cost(
    status: str, cost: str | None, known: str | None
) -> None:
    job = UniversalAIJob(status=status, cost=cost and Decimal(cost))
    assert job.known_cost == (known and Decimal(known))


@pytest.mark.django_db(transaction=True)
def test_async_code_has_the_same_verbs() -> None:
    job = UniversalAIJob.objects.submit(
        model="audio/speech_to_text_async/google", input={"file": "https://files.example/a.wav"}
    )
    engine.send(job)
    job.refresh_from_db()
    assert asyncio.run(job.arefresh()).status == "success"
    child = asyncio.run(job.aresubmit())
    assert (child.parent, child.status) == (job, "pending")
    asyncio.run(job.adelete_remote())
    with pytest.raises(NotFound):
        backends["default"].get(str(job.public_id))


def test_type_checkers_are_told_of_all_that_submit_takes() -> None:
    takes = inspect.signature(jobs.submit).parameters
    assert {"model", *Asked.__annotations__} == set(takes)


def test_type_checkers_are_told_of_all_that_resubmit_takes() -> None:
    _, *takes = inspect.signature(jobs.resubmit).parameters
    assert list(AskedAgain.__annotations__) == takes
