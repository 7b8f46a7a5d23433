"""A worker at the inbox: what it does, and what it asks the service."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from django_universal_ai import tasks
from django_universal_ai.models import UniversalAIJob, WebhookReceipt
from tests.upstream import Upstream
from tests.webhooks.sending import receipt


def work() -> WebhookReceipt:
    """Let a worker act on the only webhook; the row afterwards."""
    tasks.apply_webhook(str(receipt().pk))
    return receipt()


def make_due() -> None:
    WebhookReceipt.objects.filter(due_at__isnull=False).update(
        due_at=timezone.now() - timedelta(seconds=1)
    )


def is_due(job: UniversalAIJob) -> bool:
    return UniversalAIJob.objects.due().filter(pk=job.pk).exists()


def gets(upstream: Upstream) -> int:
    return len(upstream.ledger.requests("GET"))
