from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from django_universal_ai.gateway.models import ApiJob, IdempotencyKey, Token, WebhookDelivery
from django_universal_ai.gateway.tokens import create
from django_universal_ai.jobs import erasing
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(ann: User) -> UniversalAIJob:
    return make_job("success", owner=ann)


@pytest.mark.parametrize("counted", ["open", "unpriced"])
def test_a_job_that_isnt_counted_stays(job: UniversalAIJob, ann: User, counted: str) -> None:
    create(ann)
    today = timezone.now().date()
    entry = ApiJob.objects.create(job=job, token=Token.objects.get(), day=today, counted=counted)
    assert erasing.erase([job.pk]).kept == {"not_counted": 1}

    ApiJob.objects.filter(pk=entry.pk).update(counted="done")
    assert erasing.erase([job.pk]).jobs == 1


def test_a_job_whose_webhook_is_on_its_way_stays(job: UniversalAIJob) -> None:
    told = WebhookDelivery.objects.create(
        job=job, event_id=uuid.uuid4(), origin="https://a.example"
    )
    assert erasing.erase([job.pk]).kept == {"webhook": 1}

    told.state = "failed"
    told.save()
    assert erasing.erase([job.pk]).jobs == 1
    assert not WebhookDelivery.objects.exists()


def test_a_job_whose_request_may_be_repeated_stays(job: UniversalAIJob, ann: User) -> None:
    key = IdempotencyKey.objects.create(owner=ann, key="k", job=job)
    assert erasing.erase([job.pk]).kept == {"idempotency_key": 1}

    key.created_at -= timedelta(hours=25)
    key.save()
    assert erasing.erase([job.pk]).jobs == 1
