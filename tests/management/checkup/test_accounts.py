from __future__ import annotations

import pytest
from django.utils import timezone

from django_universal_ai.backends import BaseBackend
from django_universal_ai.management.checkup import Line, Mark, accounts
from django_universal_ai.models import Account
from tests.remote import KEY, Configure, configure, remote, upstream
from tests.rows import in_seconds
from tests.upstream import Upstream

__all__ = ["configure", "remote", "upstream"]

pytestmark = pytest.mark.django_db(transaction=True)


def found(what: str, *, ask_service: bool = False) -> list[Line]:
    return [line for line in accounts.lines(ask_service) if line.what == what]


def test_a_refusal_is_told_without_secrets(configure: Configure) -> None:
    Account.objects.create(name="main", refusal="Bad key: api_key=s3cr3tkeyfor1234567890")
    (line,) = found("accounts")
    assert line.mark == Mark.LOOK
    assert "stopped, the service says: Bad key" in line.says
    assert "s3cr3t" not in line.says


def test_a_persons_pause_is_told_with_the_way_out(configure: Configure) -> None:
    Account.objects.create(
        name="main", paused_at=timezone.now(), paused_by="ann", pause_reason="the bill"
    )
    (line,) = found("accounts")
    assert (line.mark, line.says) == (Mark.LOOK, "main: paused by ann: the bill")
    assert "Resume it" in line.way_out


def test_a_long_pause_is_told(configure: Configure) -> None:
    account = Account.objects.create(name="main", closed_until=in_seconds(600))
    assert [line.mark for line in found("accounts")] == [Mark.NOTE, Mark.OK]
    account.closed_until = in_seconds(2)
    account.save()
    assert [line.mark for line in found("accounts")] == [Mark.OK]


def test_limits(configure: Configure) -> None:
    configure()
    assert [line.says for line in found("limits")] == ["backend 'default' has none"]
    backend = configure(rate_limit=5)
    (line,) = found("limits")
    assert line == Line(Mark.OK, "limits", "backend 'default' makes up to 5 requests a second")
    Account.objects.create(name=backend.account, pace=0.5, paced_at=timezone.now())
    (line,) = found("limits")
    assert line.mark == Mark.NOTE
    assert "40% of them now" in line.says


def test_the_service_is_asked_on_request_only(remote: BaseBackend, upstream: Upstream) -> None:
    assert found("service") == []
    assert upstream.ledger.requests() == []
    (line,) = found("service", ask_service=True)
    assert line.mark == Mark.OK
    assert "answers to our key" in line.says
    assert len(upstream.ledger.requests("GET")) == 1


@pytest.mark.parametrize(
    ("status", "mark", "word"),
    [(401, Mark.LOOK, "api_key"), (500, Mark.LOOK, "base_url"), (429, Mark.NOTE, "minute")],
)
def test_a_service_that_refuses(
    remote: BaseBackend, upstream: Upstream, status: int, mark: Mark, word: str
) -> None:
    upstream.fault("answer", method="GET", status=status, body={"detail": "No."})
    (line,) = found("service", ask_service=True)
    assert line.mark == mark
    assert word in line.way_out
    assert KEY not in line.says
