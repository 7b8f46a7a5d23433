from __future__ import annotations

from decimal import Decimal

import pytest

from django_universal_ai.models import UniversalAIJob, WebhookReceipt
from django_universal_ai.testing import UniversalAI

from .test_kit import SPEECH, now, output_of, submit

pytest.importorskip("cryptography", reason="the extra [webhooks] is not installed")
pytestmark = pytest.mark.django_db


@pytest.fixture
def job(universal_ai: UniversalAI) -> UniversalAIJob:
    """A job at work, whose end only a webhook tells."""
    universal_ai.on(SPEECH).succeed({"text": "Hello"}, cost="0.5", only_by_webhook=True)
    job = submit()
    universal_ai.step()
    return now(job)


def test_a_webhook_ends_a_job(universal_ai: UniversalAI, job: UniversalAIJob) -> None:
    assert job.status == "processing"
    assert universal_ai.post_webhook(job).status_code == 200
    assert (output_of(job).text, job.status) == ("Hello", "success")


def test_a_webhook_that_comes_twice_counts_once(
    universal_ai: UniversalAI, job: UniversalAIJob
) -> None:
    assert universal_ai.post_webhook(job, copies=3).status_code == 200
    assert now(job).status == "success"
    assert WebhookReceipt.objects.get().copies == 3


def test_a_webhook_that_comes_late_changes_nothing(universal_ai: UniversalAI) -> None:
    universal_ai.on(SPEECH).succeed({"text": "Hello"}, cost=Decimal("0.5"))
    job = submit()
    universal_ai.run()
    before = now(job).finished_at
    assert universal_ai.post_webhook(job).status_code == 200
    assert (now(job).status, job.finished_at, job.cost) == ("success", before, Decimal("0.5"))


def test_a_forged_webhook_is_refused(universal_ai: UniversalAI, job: UniversalAIJob) -> None:
    assert universal_ai.post_webhook(job, signed="forged").status_code == 401
    assert now(job).status == "processing"


def test_a_webhook_without_a_signature_is_refused(
    universal_ai: UniversalAI, job: UniversalAIJob
) -> None:
    assert universal_ai.post_webhook(job, signed="no").status_code == 401
    assert now(job).status == "processing"


def test_a_webhook_needs_a_job_at_the_service(universal_ai: UniversalAI) -> None:
    with pytest.raises(AssertionError, match="step"):
        universal_ai.post_webhook(submit())
