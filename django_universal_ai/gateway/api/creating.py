"""Making a job for a token, the same way for both ``POST``s."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, TypeAlias

from ninja import Header

from ...contract import JobRequest, SyncRequest
from ...models import UniversalAIJob
from .. import idempotency, ledger
from ..models import Token
from ..outgoing import receivers
from .auth import Request

#: ``Idempotency-Key``: up to 255 printable characters of ASCII.
KeyHeader: TypeAlias = Annotated[
    str | None,
    Header(
        default=None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[ -~]+$",
        description="Makes it safe to send the request again: for 24 hours the same key with the "
        "same body gives the same job.",
    ),
]


@dataclass(frozen=True, slots=True)
class Created:
    """A job, and whether an earlier request with the same key had made it."""

    job: UniversalAIJob
    is_replay: bool

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Replayed": "true"} if self.is_replay else {}


def create(request: Request, body: SyncRequest, key: str | None) -> Created:
    """The job that ``body`` asks for, owned by the token's owner.

    Raises ``ValidationError`` for what can't be asked for, and
    :class:`~django_universal_ai.gateway.idempotency.KeyReused`.
    """
    make = partial(_make, request.auth, body)
    if key is None:
        return Created(make(), is_replay=False)
    return Created(*idempotency.once(idempotency.Key.of(request.auth, key, body), make))


def _make(token: Token, body: SyncRequest) -> UniversalAIJob:
    receiver = body.webhook_receiver if isinstance(body, JobRequest) else None
    if receiver is not None:
        receivers.check(receiver)
    return ledger.submit(token, **dict(body), relay_webhook=receiver is not None)
