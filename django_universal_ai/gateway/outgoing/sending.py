"""One try to deliver a webhook."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus

from ...contract import redact
from ...exceptions import AddressRefused, Unreachable
from ...outward.calling import calling
from ..models import DeliveryState, WebhookDelivery
from .body import signed

#: Seconds for a whole try.
SECONDS = 30.0
#: Bytes of the answer that are read, and characters of it that are kept.
READ, KEPT = 4096, 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try went; ``DUE`` where another one may go better."""

    state: DeliveryState
    status_code: int | None = None
    answer: str = ""
    error: str = ""
    seconds: float = 0.0


def send(delivery: WebhookDelivery) -> Outcome:
    """Post the webhook to the receiver of its job. Raises only what is our own trouble."""
    began = time.monotonic()
    try:
        body, headers = signed(delivery)
    except (ValueError, TypeError, RecursionError) as error:
        return Outcome(DeliveryState.FAILED, error=f"It can't be signed: {error}")
    try:
        status, answer = _post(delivery.job.webhook_receiver or "", body, headers)
    except AddressRefused as error:
        return Outcome(DeliveryState.REFUSED, error=str(error), seconds=time.monotonic() - began)
    except Unreachable as error:
        return Outcome(DeliveryState.DUE, error=str(error), seconds=time.monotonic() - began)
    seconds = time.monotonic() - began
    return Outcome(_verdict(status), status, _shown(answer), _problem(status), seconds)


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    answer = b""
    with calling(
        "POST", url, headers=headers, content=body, seconds=SECONDS, silence=SECONDS
    ) as reply:
        try:
            for chunk in reply.chunks:
                answer += chunk
                if len(answer) >= READ:
                    break
        except Unreachable:
            pass  # it has said how it went; the rest is decoration
    return reply.status, answer[:READ]


def _verdict(status: int) -> DeliveryState:
    if 200 <= status < 300:
        return DeliveryState.DELIVERED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliveryState.DUE
    return DeliveryState.REFUSED


def _problem(status: int) -> str:
    return "Redirects aren't followed." if 300 <= status < 400 else ""


def _shown(answer: bytes) -> str:
    """The start of an answer as every database holds it, and without what looks secret."""
    text = answer.decode(errors="replace").replace("\x00", "")
    return redact(text)[:KEPT]
