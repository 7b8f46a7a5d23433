"""The inbox: every webhook is a row before it is answered, once, however often it comes."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any

from django.db import IntegrityError
from django.db.models import F, Q
from django.db.models.functions import Now

from .. import waking
from ..models import ReceiptState, Signature, WebhookReceipt
from ..models.database import atomic_one, from_now, on_commit, retrying
from .body import Note
from .trust import Verdict

#: Rows that are kept of webhooks which strangers could send in any number: those that aren't
#: signed, and those that are about no job of ours.
MOST_OF_STRANGERS = 1000


def keep(note: Note, verdict: Verdict) -> None:
    """Store a webhook and wake a worker for it after the commit; a copy is only counted."""
    signed = verdict.signature == Signature.VALID
    receipt = _insert(
        fingerprint=note.fingerprint,
        signature=verdict.signature,
        backends=list(verdict.backends),
        public_id=note.public_id,
        token_hash=note.token_hash,
        body=note.text if signed else "",  # of a hint the id is enough
        due_at=Now(),
    )
    if receipt is not None:
        on_commit(partial(waking.apply_webhook, receipt.pk))
        if not signed:
            _make_room()


def refuse(raw: bytes, verdict: Verdict, reason: str) -> None:
    """Note that a webhook was refused, and why; nothing of its content."""
    receipt = _insert(
        fingerprint=sha256(raw).hexdigest(),
        signature=verdict.signature,
        state=ReceiptState.REFUSED,
        reason=reason[:500],
    )
    if receipt is not None:
        _make_room()


def reprocess(receipt: WebhookReceipt) -> bool:
    """Work on a webhook once more, now. A refused one stays so: nothing of it was kept."""
    rows = WebhookReceipt.objects.filter(pk=receipt.pk).exclude(state=ReceiptState.REFUSED)
    found = rows.update(state=ReceiptState.PENDING, attempts=0, reason="", due_at=from_now(0))
    if found:
        on_commit(partial(waking.apply_webhook, receipt.pk))
    return bool(found)


@retrying
def _insert(**values: Any) -> WebhookReceipt | None:
    """The new row; ``None`` where there is one already, which counts the copy."""
    try:
        with atomic_one():
            return WebhookReceipt.objects.create(**values)
    except IntegrityError:
        same = WebhookReceipt.objects.filter(
            fingerprint=values["fingerprint"], signature=values["signature"]
        )
        if not same.update(copies=F("copies") + 1):
            raise
        return None


def _make_room() -> None:
    """Drop the oldest of what strangers sent."""
    strange = ~Q(signature=Signature.VALID) | Q(job=None)
    settled = WebhookReceipt.objects.filter(strange, due_at=None).order_by("-pk")
    surplus = settled.values_list("pk", flat=True)[MOST_OF_STRANGERS : MOST_OF_STRANGERS + 100]
    WebhookReceipt.objects.filter(pk__in=list(surplus)).delete()
