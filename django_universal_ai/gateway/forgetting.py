"""Forgetting an owner: tokens, keys and tallies go, the totals stay without a name."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ..models.database import retrying
from . import ledger
from .models import DailyUsage, IdempotencyKey, Tally, Token


def close(owner: Any) -> None:
    """No request of the owner gets in any more, half a second later; what ended is counted.

    Their requests can't be repeated then, so the keys of these aren't needed any more.
    """
    Token.objects.filter(owner=owner, revoked_at=None).update(revoked_at=timezone.now())
    ledger.catch_up()
    IdempotencyKey.objects.filter(owner=owner).delete()


@retrying
def forget(owner: Any) -> None:
    """Everything but jobs, which have needs of their own, and the sums that were billed."""
    Token.objects.filter(owner=owner).delete()
    Tally.objects.filter(owner=owner).delete()
    DailyUsage.objects.filter(owner=owner).update(owner=None)
