"""The events in the admin, and delivering signals again."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai import outbox
from django_universal_ai.admin import delivering
from django_universal_ai.models import JobEvent, UniversalAIJob
from django_universal_ai.signals import job_succeeded
from tests.rows import make_job

from .conftest import EVENTS, Person, dead_letter, messages_of, select, url_of


def found(client: Client, query: str) -> list[JobEvent]:
    return list(client.get(f"{EVENTS}?{query}").context["cl"].result_list)


def test_lists_what_happened_and_where_the_signals_stand(
    root: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    dead_letter(make_job("success", output={"text": "long"}))
    with django_assert_num_queries(4) as captured:
        html = root.get(EVENTS).content.decode()
    assert "dead letter" in html
    assert "audio/speech_to_text_async/google" in html
    assert all('"output"' not in query["sql"] for query in captured.captured_queries)
    for _ in range(5):
        dead_letter(make_job("success"))
    with django_assert_num_queries(4):
        root.get(EVENTS)


def test_is_filtered_and_searched(root: Client) -> None:
    job = make_job("success")
    dead = dead_letter(job)
    due = dead_letter(make_job("success"), deliver_at=timezone.now())
    done = dead_letter(make_job("success"), delivered_at=timezone.now())
    plain = JobEvent.objects.create(job=job, kind="noticed")
    assert found(root, "signal=dead") == [dead]
    assert found(root, "signal=due") == [due]
    assert found(root, "signal=delivered") == [done]
    assert set(found(root, f"q={job.pk}")) == {dead, plain}
    assert found(root, f"q={due.pk.hex}") == [due]
    assert found(root, "q=nothing") == []
    assert len(found(root, "q=")) == 4


def test_one_event(root: Client) -> None:
    dead = dead_letter(make_job("success"), detail={"<img>": 1})
    html = root.get(f"{EVENTS}{dead.pk}/change/").content.decode()
    assert "&lt;img&gt;" in html
    assert "shop.book" in html
    assert "s3cret99" not in html
    plain = JobEvent.objects.create(job=dead.job, kind="noticed")
    assert root.get(f"{EVENTS}{plain.pk}/change/").status_code == 200
    assert root.post(f"{EVENTS}{plain.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_deliver_again_from_the_jobs_page(root: Client) -> None:
    job = make_job("success")
    event = dead_letter(job)
    heard: list[uuid.UUID] = []

    def listen(job: UniversalAIJob, event_id: uuid.UUID, **kwargs: object) -> None:
        heard.append(event_id)

    job_succeeded.connect(listen)
    try:
        assert "Deliver again" in root.get(url_of(job)).content.decode()
        response = root.post(url_of(job), {"deliver": str(event.pk)}, follow=True)
        assert messages_of(response) == ["1 signal will be delivered again."]
        outbox.deliver_due(job)
    finally:
        job_succeeded.disconnect(listen)
    assert heard == [event.pk]
    assert LogEntry.objects.get().change_message == "Signal to be delivered again."


def test_deliver_again_from_the_list_skips_events_without_a_signal(root: Client) -> None:
    event = dead_letter(make_job("success"))
    plain = JobEvent.objects.create(job=event.job, kind="noticed")
    response = select(root, [event, plain], "deliver_again", EVENTS)
    assert messages_of(response) == [
        "1 signal will be delivered again.",
        "1 event is skipped: it carries no signal.",
    ]
    event.refresh_from_db()
    plain.refresh_from_db()
    assert event.deliver_at is not None
    assert plain.deliver_at is None


def test_delivering_needs_the_permission(viewer: Client, person: Person) -> None:
    job = make_job("success")
    event = dead_letter(job)
    assert "Deliver again" not in viewer.get(url_of(job)).content.decode()
    assert viewer.post(url_of(job), {"deliver": str(event.pk)}).status_code == 403
    refused = select(viewer, [event], "deliver_again", EVENTS)
    assert refused.status_code == 403
    event.refresh_from_db()
    assert event.deliver_at is None
    able = person("view_universalaijob", "change_jobevent", name="able")
    able.post(url_of(job), {"deliver": str(event.pk)})
    event.refresh_from_db()
    assert event.deliver_at is not None


def test_only_events_of_the_job_are_delivered_from_its_page(root: Client) -> None:
    other = dead_letter(make_job("success"))
    response = root.post(url_of(make_job("success")), {"deliver": str(other.pk)}, follow=True)
    assert messages_of(response) == ["There is no such signal (any more)."]
    other.refresh_from_db()
    assert other.deliver_at is None


def test_an_event_has_the_button_where_it_has_a_signal(root: Client) -> None:
    event = dead_letter(make_job("success"))
    plain = JobEvent.objects.create(job=event.job, kind="noticed")
    assert ">Deliver again</button>" in root.get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert ">Deliver again</button>" not in root.get(f"{EVENTS}{plain.pk}/change/").content.decode()
    data = {"CHANGE_FORM-action": "deliver_again"}
    response = root.post(f"{EVENTS}{event.pk}/change/", data, follow=True)
    assert messages_of(response) == ["1 signal will be delivered again."]


def test_the_list_of_jobs_delivers_what_is_dead(person: Person) -> None:
    clerk = person("view_universalaijob", "change_jobevent")
    dead = [dead_letter(make_job("success")), dead_letter(make_job("success"))]
    done = dead_letter(make_job("success"), delivered_at=timezone.now())
    told = messages_of(select(clerk, [event.job for event in [*dead, done]], "deliver"))
    assert told == [
        "2 signals will be delivered again.",
        "1 job is skipped: all its signals are delivered, or will be.",
    ]
    assert JobEvent.objects.filter(deliver_at__isnull=False).count() == 2
    assert "Deliver again" not in clerk.get(url_of(done.job)).content.decode()


def test_the_list_of_jobs_mentions_nobody_who_is_left_out_where_nobody_is(root: Client) -> None:
    dead = [dead_letter(make_job("success")), dead_letter(make_job("success"))]
    told = messages_of(select(root, [event.job for event in dead], "deliver"))
    assert told == ["2 signals will be delivered again."]


def test_too_many_jobs_at_once_are_left_alone(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "MOST", 1)
    dead = [dead_letter(make_job("success")), dead_letter(make_job("success"))]
    told = messages_of(select(root, [event.job for event in dead], "deliver"))
    assert told == ["Select at most 1 jobs for this action; nothing was done."]
    assert not JobEvent.objects.filter(deliver_at__isnull=False).exists()
