"""Rows about an owner in every table that knows owners."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.models import (
    Answer,
    ApiJob,
    DailyUsage,
    DeletedJob,
    IdempotencyKey,
    Tally,
    Token,
    TokenMeter,
    WebhookDelivery,
)
from django_universal_ai.models import (
    JobEvent,
    JobFile,
    UniversalAIFile,
    UniversalAIJob,
    WebhookReceipt,
)
from tests.rows import make_job

CONTENT = b"a scan of a letter"


def fill(owner: Any) -> UniversalAIJob:
    """One row in each table, and a file's content; the job has ended, and nothing needs it."""
    now = timezone.now()
    job = make_job("success", owner=owner, output={"text": "Dear Ann"}, metadata={"ward": 3})
    tokens.create(owner, name="laptop")
    token = Token.objects.get(owner=owner)
    file = UniversalAIFile.objects.store(CONTENT, owner=owner, name="letter.pdf")
    JobFile.objects.create(job=job, file=file, field="file")
    JobEvent.objects.create(job=job, kind="succeeded", delivered_at=now)
    WebhookReceipt.objects.create(
        job=job, fingerprint=str(job.pk), signature="valid", state="applied"
    )
    TokenMeter.objects.create(token=token)
    ApiJob.objects.create(job=job, token=token, day=now.date(), counted="done")
    Answer.objects.create(job=job, fingerprint="f")
    DeletedJob.objects.create(job=job)
    IdempotencyKey.objects.create(owner=owner, key="k", job=job)
    WebhookDelivery.objects.create(
        job=job, event_id=uuid.uuid4(), origin="https://a.example", state="delivered"
    )
    Tally.objects.create(owner=owner)
    DailyUsage.objects.create(owner=owner, token=token, day=now.date(), jobs=7)
    return job
