"""Webhooks that come in, and those that go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.utils import timezone
from django.utils.timesince import timesince

from ...models import ReceiptState, WebhookReceipt
from ...webhooks.keys import receiving_backends, usable_keys
from .line import Line, Mark

_LATELY = timedelta(days=1)


def lines() -> Iterator[Line]:
    for backend in receiving_backends():
        where = f"backend {backend.alias!r}"
        if not backend.options.get("webhook_url"):
            yield Line(Mark.OK, "webhooks", f"{where} has no webhook_url: its jobs are polled")
            continue
        signed = "signed ones are the result" if usable_keys(backend) else "each is only a hint"
        yield Line(Mark.OK, "webhooks", f"{where} is told of ends; {signed}")
        yield _last()
    yield from _refused()
    if apps.is_installed("django_universal_ai.gateway"):
        yield from _outgoing()


def _last() -> Line:
    taken = WebhookReceipt.objects.exclude(state=ReceiptState.REFUSED)
    at = taken.order_by("-pk").values_list("received_at", flat=True).first()
    if at is None:
        way_out = "universal_ai webhook-selftest says whether one would arrive."
        return Line(Mark.NOTE, "webhooks", "none came in yet", way_out)
    return Line(Mark.OK, "webhooks", f"the last one came {timesince(at)} ago")


def _refused() -> Iterator[Line]:
    refused = WebhookReceipt.objects.filter(
        state=ReceiptState.REFUSED, received_at__gt=timezone.now() - _LATELY
    ).count()
    if refused:
        way_out = "The admin has the reasons; has the service a new key?"
        yield Line(Mark.NOTE, "webhooks", f"{refused} refused within a day", way_out)


def _outgoing() -> Iterator[Line]:
    from ...gateway.models import DeliveryState, WebhookDelivery

    lost = WebhookDelivery.objects.filter(
        created_at__gt=timezone.now() - _LATELY,
        state__in=(DeliveryState.FAILED, DeliveryState.REFUSED),
    ).count()
    if lost:
        said = f"{lost} to clients weren't taken within a day"
        yield Line(Mark.NOTE, "webhooks", said, "The admin has the answers, and delivers again.")
