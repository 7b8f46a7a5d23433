"""A job's life, step by step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from django_universal_ai.admin.timeline import Step, signal_of, timeline
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import make_job

from .conftest import dead_letter, make_receipt, url_of

pytestmark = pytest.mark.django_db

START = timezone.now() - timedelta(hours=1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def steps_of(job: UniversalAIJob) -> list[Step]:
    return timeline(job, list(job.events.all()))


def add(job: UniversalAIJob, kind: str, seconds: float, **fields: object) -> JobEvent:
    event: JobEvent = JobEvent.objects.create(job=job, kind=kind, at=at(seconds), **fields)
    return event


def test_events_and_moments_in_order_with_what_lies_between() -> None:
    job = make_job(
        "success", requested_at=at(0), submitted_at=at(2), created_at=at(1.5), finished_at=at(62)
    )
    add(job, "submitted", 2, detail={"public_id": "abc"})
    add(job, "deferred", 0.5, detail={"reason": "429", "seconds": 1.5})
    add(job, "succeeded", 62)
    add(job, "noticed", 63, detail=["odd"])
    told = [(step.title, step.later, step.words) for step in steps_of(job)]
    assert told == [
        ("Requested", "", ""),
        ("Could not be sent yet", "0.5 s", "429 · again in 1.5 s"),
        ("Created at the service", "1 s", "by its own clock"),
        ("Taken over by the service", "0.5 s", "public_id: abc"),
        ("Ended in success", "1 min 0 s", ""),
        ("Noticed", "1 s", "['odd']"),
    ]


@pytest.mark.parametrize(
    ("status", "end"), [("success", "Ended in success"), ("fail", "Ended in failure")]
)
def test_moments_stand_in_for_events_that_were_pruned(status: str, end: str) -> None:
    job = make_job(status, requested_at=at(0), submitted_at=at(1), finished_at=at(2))
    assert [step.title for step in steps_of(job)] == [
        "Requested",
        "Taken over by the service",
        end,
    ]


def test_a_signal_is_delivered_due_or_dead() -> None:
    job = make_job("success")
    now = timezone.now()
    taken = {"shop.book": {"done": True, "tries": 1, "error": ""}}
    refused = {"shop.book": {"done": False, "tries": 3, "error": "ValueError: no"}}
    states = [
        signal_of(add(job, "succeeded", 1, delivered_at=now, deliveries=1, receipts=taken)),
        signal_of(add(job, "succeeded", 1, deliver_at=now)),
        signal_of(add(job, "succeeded", 1, deliver_at=now, deliveries=3, receipts=refused)),
        signal_of(dead_letter(job)),
        signal_of(add(job, "succeeded", 1)),
    ]
    assert [(state.short, state.tone) for state in states if state] == [
        ("delivered", "good"),
        ("due", "busy"),
        ("due", "warning"),
        ("dead letter", "bad"),
        ("not sent", "quiet"),
    ]
    assert signal_of(add(job, "deferred", 1)) is None


def test_a_dead_letter_says_who_refused_it_and_hides_secrets(root: Client) -> None:
    job = make_job("success")
    dead_letter(job)
    html = root.get(url_of(job)).content.decode()
    assert "dead letter: a receiver never took the signal" in html
    assert "shop.book" in html
    assert "8 tries" in html
    assert "s3cret99" not in html


def test_looks_are_summed_up_and_webhooks_are_told() -> None:
    job = make_job("success", requested_at=at(0), submitted_at=at(1), finished_at=at(30), polls=4)
    add(job, "succeeded", 29.9)
    make_receipt(job=job, received_at=at(29), state="applied", reason="", copies=3)
    make_receipt(job=job, received_at=at(40), reason="api_key=abc123def is late")
    steps = timeline(job, list(job.events.all()), job.webhooks.all())
    assert [(step.title, step.words) for step in steps[2:]] == [
        ("Webhook came in", "applied · delivered 3 times"),
        ("Looked at 4 times", ""),
        ("Ended in success", ""),
        ("Webhook came in", "ignored · api_key=[redacted] is late"),
    ]
    assert [step.tone for step in steps[2:]] == ["good", "quiet", "good", "quiet"]
    titles = [step.title for step in timeline(job, [], runs_here=True)]
    assert "Looked at 4 times" not in titles


def test_the_last_look_while_it_was_at_work_has_its_moment() -> None:
    job = make_job("processing", requested_at=at(0), submitted_at=at(1), seen_at=at(9), polls=1)
    last = steps_of(job)[-1]
    assert (last.title, last.later) == ("Looked at 1 time", "8 s")
    assert [step.title for step in steps_of(make_job("processing", polls=1))][-1] != last.title


def test_a_webhook_leads_to_its_page(root: Client) -> None:
    job = make_job("success")
    receipt = make_receipt(job=job)
    html = root.get(url_of(job)).content.decode()
    assert f'<a href="/admin/universal_ai/webhookreceipt/{receipt.pk}/change/">Webhook' in html
