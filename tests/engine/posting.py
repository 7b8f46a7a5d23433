"""The POSTs of jobs: how many came, and leave to make more."""

from __future__ import annotations

from django_universal_ai.models import Account
from tests.rows import in_seconds
from tests.upstream import Upstream


def posts(upstream: Upstream) -> int:
    """All POSTs of jobs that arrived, whatever became of them."""
    return len(upstream.ledger.requests("POST", "/v3/universal-ai/async"))


def open_gate() -> None:
    """Let the pause of the account pass."""
    Account.objects.update(closed_until=in_seconds(-1), next_request_at=None)
