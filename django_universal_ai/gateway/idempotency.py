"""``Idempotency-Key``: the same request sent again makes no second job.

A client that lost the answer to a ``POST`` sends it again with the same key. The key, the
fingerprint of the body and the job are stored in one transaction, so that of any number of
requests at the same time one makes the job and the others are told of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from ..contract import SyncRequest
from ..models import UniversalAIJob
from ..models.database import atomic, retrying
from .models import IdempotencyKey, Token

#: How long a key is kept.
KEPT = timedelta(hours=24)
#: Keys whose time is over that go with each new one: more than come, so that they don't pile up.
_SWEPT = 10


class KeyReused(ValueError):
    """The key belongs to another request, or to a job that was deleted since."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a token's owner, and the request that it stands for."""

    token: Token
    text: str
    fingerprint: str

    @classmethod
    def of(cls, token: Token, text: str, body: SyncRequest) -> Key:
        return cls(token, text, _fingerprint(body))


@retrying
def once(key: Key, make: Callable[[], UniversalAIJob]) -> tuple[UniversalAIJob, bool]:
    """The job of ``key``, and whether it had been made before; else ``make`` makes it.

    What ``make`` raises leaves the key free. Raises :class:`KeyReused` where the key was given to
    another request within 24 hours.
    """
    if earlier := _find(key):
        return earlier, True
    try:
        with atomic():
            _same_key(key).filter(created_at__lte=timezone.now() - KEPT).delete()
            job = make()
            IdempotencyKey.objects.create(
                owner_id=key.token.owner_id,
                sandbox=key.token.sandbox,
                key=key.text,
                fingerprint=key.fingerprint,
                job=job,
            )
    except IntegrityError:
        # Another request with this key was faster; its job is there, and ours never was.
        if earlier := _find(key):
            return earlier, True
        raise
    _sweep()
    return job, False


def _find(key: Key) -> UniversalAIJob | None:
    living = _same_key(key).filter(created_at__gt=timezone.now() - KEPT)
    row = living.select_related("job__gateway_deletion").first()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyReused(
            "This Idempotency-Key was used for another request within the last 24 hours. "
            "Use a new key for a new request."
        )
    if hasattr(row.job, "gateway_deletion"):
        # Neither the deleted job nor a new one: a late repetition would be paid a second time.
        raise KeyReused(
            "The job of this Idempotency-Key was deleted. Use a new key for a new request."
        )
    return row.job


def _same_key(key: Key) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(
        owner=key.token.owner_id, sandbox=key.token.sandbox, key=key.text
    )


def _sweep() -> None:
    over = IdempotencyKey.objects.filter(created_at__lte=timezone.now() - KEPT)
    # By id: MySQL deletes nothing by a subquery with a limit.
    if ids := list(over.order_by("created_at").values_list("pk", flat=True)[:_SWEPT]):
        IdempotencyKey.objects.filter(pk__in=ids).delete()


def _fingerprint(body: SyncRequest) -> str:
    """Of what the request says, not of how it is written: order and spaces don't matter."""
    said = json.dumps(body.model_dump(exclude_defaults=True), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
