"""Working on a webhook once more."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai import waking
from django_universal_ai.models import ReceiptState, Signature, WebhookReceipt
from django_universal_ai.webhooks import reprocess
from tests.rows import make_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows that workers were told of."""
    calls: list[int] = []
    monkeypatch.setattr(waking, "apply_webhook", calls.append)
    return calls


def settled(state: ReceiptState, **fields: Any) -> WebhookReceipt:
    row: dict[str, Any] = {"signature": Signature.VALID, "reason": "so it is", "attempts": 7}
    return WebhookReceipt.objects.create(fingerprint=state, state=state, **row | fields)


@pytest.mark.parametrize("state", [ReceiptState.APPLIED, ReceiptState.IGNORED])
def test_it_is_due_as_if_it_had_just_come(told: list[int], state: ReceiptState) -> None:
    other = settled(ReceiptState.PENDING)
    receipt = settled(state, job=make_job("success"))
    assert reprocess(receipt)
    receipt.refresh_from_db()
    assert (receipt.state, receipt.attempts, receipt.reason) == (ReceiptState.PENDING, 0, "")
    assert receipt.due_at
    assert receipt.due_at <= timezone.now()
    assert told == [receipt.pk]
    other.refresh_from_db()
    assert (other.reason, other.due_at) == ("so it is", None)


def test_of_a_refused_one_nothing_was_kept_to_work_on(told: list[int]) -> None:
    receipt = settled(ReceiptState.REFUSED)
    assert not reprocess(receipt)
    receipt.refresh_from_db()
    assert (receipt.state, receipt.due_at) == (ReceiptState.REFUSED, None)
    assert told == []
