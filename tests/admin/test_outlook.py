"""What happens to a job next, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from django_universal_ai.models import Account, UniversalAIJob
from tests.rows import AUDIO, in_seconds, learned, make_job

from .conftest import url_of

DAY = 86400


def said(client: Client, job: UniversalAIJob) -> str:
    return " ".join(client.get(url_of(job)).context["outlook"])


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        ("pending", {}, "It waits to be sent. Nothing was billed so far."),
        ("pending", {"attempts": 2}, "after 2 attempts. Nothing was billed"),
        ("pending", {"note": "The key token=abcd1234x is wrong."}, "The key token=[redacted]"),
        ("submitting", {}, "It is being sent."),
        ("submitting", {"lease_until": 9}, "If nobody has said by"),
        ("uncertain", {}, "resubmitting bills it twice"),
        ("processing", {"polls": 1}, "The service works on it (looked at 1 time so far)."),
        ("processing", {"missing_since": -9}, "doesn't know it since"),
        ("processing", {"backend": "local"}, "in one of your workers."),
        ("processing", {"backend": "local", "progress": 0.421}, "in one of your workers: 42 %"),
        ("success", {}, "hasn't said yet what it cost"),
        ("success", {"cost": 0}, "nothing of it changes any more"),
        ("fail", {}, "To try again, resubmit it."),
        ("pending", {"backend": "gone"}, "no backend “gone”: nobody moves this job"),
        ("fail", {"backend": "gone"}, "It failed"),
        ("pending", {"due_at": 30}, "Next look: "),
        ("pending", {"due_at": -5}, "It is due: a worker takes it next."),
        ("pending", {"due_at": -500}, "is a worker running?"),
        ("pending", {"due_at": None}, "It waits to be sent."),
        ("processing", {"submitted_at": -6 * DAY}, "it got this job 6 d ago"),
        ("uncertain", {"posted_at": -6 * DAY}, "if it has this job, it got it 6 d ago"),
        ("uncertain", {"requested_at": -6 * DAY}, "if it has this job, it got it 6 d ago"),
    ],
)
def test_says_why_it_is_where_it_is(
    root: Client, status: str, fields: dict[str, Any], words: str
) -> None:
    moments = (
        "due_at", "lease_until", "missing_since", "submitted_at", "posted_at", "requested_at"
    )  # fmt: skip
    for name in fields.keys() & set(moments):
        fields = {**fields, name: fields[name] and in_seconds(fields[name])}
    assert words in said(root, make_job(status, **fields))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"message": "No codec <b>xyz</b>."}, "No codec <b>xyz</b>."),
        ({"message": "The key token=abcd1234x is wrong."}, "The key token=[redacted] is wrong."),
        ({"message": "x" * 999}, "x" * 299 + "…"),
        ({"message": ["a", "list"]}, ""),
        (["no", "object"], ""),
        (None, ""),
    ],
)
def test_says_why_it_failed(root: Client, error: Any, reason: str) -> None:
    page = root.get(url_of(make_job("fail", error=error)))
    assert page.context["reason"] == reason
    assert ('class="uai-reason"' in page.content.decode()) == bool(reason)


def test_says_that_the_account_stands_still(root: Client) -> None:
    job = make_job("pending")
    account = Account.objects.create(name="default")
    assert "default" not in said(root, job)
    account.closed_until = timezone.now() + timedelta(minutes=1)
    account.save()
    assert "The service asked for a pause" in said(root, job)
    account.refusal = "402: out of credits"
    account.save()
    assert "402: out of credits. Jobs wait" in said(root, job)
    assert "pause" not in said(root, make_job("success"))


def test_only_a_service_deletes_results(root: Client) -> None:
    job = make_job("processing", backend="local", submitted_at=in_seconds(-6 * DAY))
    assert "at risk" not in said(root, job)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "pending"}, "Such jobs usually take 1"),
        ({"submitted_at": -20}, "It should end about "),
        ({"submitted_at": -900}, "It takes longer than such jobs do: usually 1"),
    ],
)
def test_says_when_it_should_end(root: Client, fields: dict[str, Any], words: str) -> None:
    learned("default", AUDIO, [100.0] * 9)
    if "submitted_at" in fields:
        fields = {"submitted_at": in_seconds(fields["submitted_at"])}
    job = make_job(**{"status": "processing", **fields})
    assert words in said(root, job)


def test_shows_how_far_it_should_be(root: Client) -> None:
    learned("default", AUDIO, [100.0] * 9)
    job = make_job("processing", submitted_at=in_seconds(-50))
    page = root.get(url_of(job))
    assert page.context["progress"] == pytest.approx(0.5, abs=0.05)
    assert b"<progress" in page.content
    assert b"<progress" not in root.get(url_of(make_job("success"))).content
