"""The accounts in the admin."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from django_universal_ai.models import Account

ACCOUNTS = "/admin/universal_ai/account/"


def test_states_are_told_in_words(root: Client) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    Account.objects.create(name="fine", closed_until=timezone.now() - timedelta(minutes=5))
    Account.objects.create(name="slow", closed_until=soon)
    Account.objects.create(
        name="stopped", refusal="402: No credits!", refused_at=soon, closed_until=soon
    )
    Account.objects.create(name="probing", refusal="401 api_key=abc123def is wrong")
    html = root.get(ACCOUNTS).content.decode()
    for words in (
        "</span> open</span>",
        "</span> pausing</span>",
        "</span> refused</span>",
        "Requests may leave.",
        "The service asked for a pause: no request leaves before",
        "402: No credits! Jobs wait;",
        "The next one:",
        "since ?: 401 api_key=[redacted]",
    ):
        assert words in html


def test_a_row_can_be_looked_at_only(root: Client) -> None:
    Account.objects.create(name="default")
    url = f"{ACCOUNTS}default/"
    assert "Requests may leave." in root.get(f"{url}change/").content.decode()
    assert root.post(f"{url}change/", {"refusal": "x"}).status_code == 403
    assert root.post(f"{url}delete/", {"post": "yes"}).status_code == 403
