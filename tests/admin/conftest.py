"""People with different rights, and rows to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from django_universal_ai import signals
from django_universal_ai.models import JobEvent, UniversalAIJob, WebhookReceipt

LIST = "/admin/universal_ai/universalaijob/"
EVENTS = "/admin/universal_ai/jobevent/"
WEBHOOKS = "/admin/universal_ai/webhookreceipt/"
RESUBMIT = f"{LIST}resubmit/"

Person = Callable[..., Client]


def url_of(job: UniversalAIJob) -> str:
    """The job's page."""
    return f"{LIST}{job.pk}/change/"


def messages_of(response: Any) -> list[str]:
    """What the person was told."""
    return [str(message) for message in response.context["messages"]]


def press(client: Client, job: UniversalAIJob, action: str, **more: str) -> Any:
    """Press a button of the job's page."""
    data = {"CHANGE_FORM-action": action, "_selected_action": str(job.pk), **more}
    return client.post(url_of(job), data, follow=True)


def select(client: Client, rows: Sequence[Model], action: str, url: str = LIST) -> Any:
    """Select rows of the list and run an action."""
    ids = [str(row.pk) for row in rows]
    return client.post(url, {"action": action, "_selected_action": ids, "index": "0"}, follow=True)


def dead_letter(job: UniversalAIJob, **fields: Any) -> JobEvent:
    """An event whose signal a receiver never took."""
    receipt = {"done": False, "tries": 8, "error": "ValueError: token=s3cret99 <b>no</b>"}
    row: dict[str, Any] = {
        "kind": "succeeded",
        "at": timezone.now(),
        "deliveries": 8,
        "receipts": {"shop.book": receipt},
    }
    return JobEvent.objects.create(job=job, **row | fields)


def make_receipt(**fields: Any) -> WebhookReceipt:
    """A webhook that came in."""
    number = WebhookReceipt.objects.count()
    row: dict[str, Any] = {
        "fingerprint": f"{number:064}",
        "signature": "valid",
        "public_id": f"j-{number}",
        "state": "ignored",
        "reason": "Not our job: nobody knows it.",
        "body": '{"output": "long"}',
    }
    return WebhookReceipt.objects.create(**row | fields)


@pytest.fixture
def person(db: None) -> Person:
    """Makes a logged-in member of staff who has just the named permissions of the app."""

    def make(*permissions: str, name: str = "anna") -> Client:
        user = User.objects.create_user(name, password="x", is_staff=True)
        app = Permission.objects.filter(content_type__app_label="universal_ai")
        user.user_permissions.set(app.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def viewer(person: Person) -> Client:
    """May look, and nothing else."""
    return person("view_universalaijob", "view_jobevent", "view_account", name="viewer")


@pytest.fixture
def root(db: None) -> Client:
    """May do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The name and job of each signal that leaves, as ``"failed <id>"``."""
    told: list[str] = []
    receivers = {
        signal: lambda job, name=name, **_: told.append(f"{name} {job.pk}")
        for name, signal in (
            ("submitted", signals.job_submitted),
            ("succeeded", signals.job_succeeded),
            ("failed", signals.job_failed),
        )
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver, weak=False)
    yield told
    for signal, receiver in receivers.items():
        signal.disconnect(receiver)
