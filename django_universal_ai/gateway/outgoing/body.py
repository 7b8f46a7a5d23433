"""What a webhook tells, and the headers that prove who tells it."""

from __future__ import annotations

from typing import Any

from ...contract import JobStatus
from ...contract.signature import (
    ALGORITHM,
    ALGORITHM_HEADER,
    SIGNATURE_HEADER,
    signed_body,
)
from ...contract.webhook import HEADERS
from ..api.wire import moment
from ..models import DeliveryKind, WebhookDelivery
from . import keys

#: ``event`` in the body.
EVENTS: dict[str, str] = {
    DeliveryKind.END: "async_job_completed",
    DeliveryKind.TEST: "webhook_test",
}


def document(delivery: WebhookDelivery) -> dict[str, Any]:
    """The body: the contract's fields; what isn't known or wasn't asked for isn't there."""
    job = delivery.job
    told: dict[str, Any] = {
        "event": EVENTS[delivery.kind],
        "job_id": str(job.pk),
        "status": job.status,
        "feature": job.feature,
        "subfeature": job.subfeature,
        "provider": job.provider,
        "model": job.model,
        "created_at": moment(job.requested_at),
        "finished_at": job.finished_at and moment(job.finished_at),
    }
    if job.status == JobStatus.SUCCESS:
        told["output"] = job.output
    else:
        told["error"] = job.error
    if job.show_original_response:
        told["original_response"] = job.original_response
    if job.user_webhook_parameters is not None:
        told["user_parameters"] = job.user_webhook_parameters
    return told


def signed(delivery: WebhookDelivery) -> tuple[bytes, dict[str, str]]:
    """The bytes to post and their headers.

    Raises :class:`ValueError` for an output that has no form to sign,
    :class:`.keys.UnreadableKey` where there is no key to sign with.
    """
    body, signature = signed_body(document(delivery), keys.private_key())
    return body, {**HEADERS, ALGORITHM_HEADER: ALGORITHM, SIGNATURE_HEADER: signature}
