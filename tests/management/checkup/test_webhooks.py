from __future__ import annotations

import uuid

import pytest
from django.apps import apps

from django_universal_ai.gateway.models import WebhookDelivery
from django_universal_ai.management.checkup import Mark, webhooks
from django_universal_ai.models import WebhookReceipt
from tests.remote import Configure, configure, upstream
from tests.rows import make_job
from tests.upstream.signing import service_key

__all__ = ["configure", "upstream"]

pytestmark = pytest.mark.django_db


def found() -> list[tuple[Mark, str]]:
    return [(line.mark, line.says.replace("\xa0", " ")) for line in webhooks.lines()]


def test_without_an_address_jobs_are_polled(configure: Configure) -> None:
    configure()
    assert found() == [(Mark.OK, "backend 'default' has no webhook_url: its jobs are polled")]


def test_without_the_gateway_nothing_goes_out(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()
    WebhookDelivery.objects.create(
        job=make_job("success"), event_id=uuid.uuid4(), origin="https://b.example", state="failed"
    )
    told = len(found())
    monkeypatch.setattr(apps, "is_installed", lambda name: False)
    assert len(found()) == told - 1


def test_with_one_the_last_is_told(configure: Configure) -> None:
    configure(webhook_url="https://a.example")
    assert found() == [
        (Mark.OK, "backend 'default' is told of ends; each is only a hint"),
        (Mark.NOTE, "none came in yet"),
    ]
    configure(webhook_url="https://a.example", webhook_public_keys=[service_key().pem])
    WebhookReceipt.objects.create(fingerprint="a", signature="valid", state="applied")
    assert found() == [
        (Mark.OK, "backend 'default' is told of ends; signed ones are the result"),
        (Mark.OK, "the last one came 0 minutes ago"),
    ]


def test_what_is_refused_on_either_side_is_told(configure: Configure) -> None:
    configure()
    WebhookReceipt.objects.create(fingerprint="a", signature="invalid", state="refused")
    WebhookDelivery.objects.create(
        job=make_job("success"), event_id=uuid.uuid4(), origin="https://b.example", state="failed"
    )
    assert [says for mark, says in found() if mark == Mark.NOTE] == [
        "1 refused within a day",
        "1 to clients weren't taken within a day",
    ]
