from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from django_universal_ai.gateway.models import WebhookDelivery
from django_universal_ai.gateway.outgoing import deliveries, posts
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job


@pytest.fixture(autouse=True)
def _trust_this_machine(settings: Settings) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"]}


@pytest.fixture(autouse=True)
def _threads_of_its_own() -> Iterator[None]:
    """Nothing of one test is under way in the next."""
    yield
    posts.posts().wait(30)
    posts._posts = None


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(deliveries, "PAUSES", (0.0, 0.0, 0.0))


def ended(url: str, status: str = "success", **fields: Any) -> UniversalAIJob:
    """A job of the gateway that is over."""
    said: dict[str, Any] = {"success": {"output": {"text": "hello"}}}.get(
        status, {"error": {"message": "no"}}
    )
    return make_job(
        status, webhook_receiver=url, relays_webhook=True, backend="default", **said | fields
    )


def delivery_to(url: str, status: str = "success", **fields: Any) -> WebhookDelivery:
    """The webhook of a job that is over."""
    event_id = uuid.uuid4()
    deliveries.note_end(job=ended(url, status, **fields), event_id=event_id)
    return WebhookDelivery.objects.get(event_id=event_id)


def move(rounds: int = 1) -> int:
    """Send what is due, and wait for it; so many times. Gives how many tries were made."""
    made = 0
    for _ in range(rounds):
        made += posts.start_due()
        posts.posts().wait(60)
    return made


def fresh(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.get(pk=delivery.pk)
