"""When a webhook is due, and whose."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from django_universal_ai import jobs, outbox, signals
from django_universal_ai.engine.callback import BACKUP, backed_up, callback
from django_universal_ai.gateway.models import (
    DeletedJob,
    DeliveryKind,
    DeliveryState,
    WebhookDelivery,
)
from django_universal_ai.gateway.outgoing import deliveries, keys
from django_universal_ai.models import UniversalAIJob
from tests.gateway.client import Api
from tests.remote import Configure, configure, upstream
from tests.rows import AUDIO, URL, answer, make_job

from .conftest import delivery_to, ended, fresh

__all__ = ["configure", "upstream"]

pytestmark = pytest.mark.django_db

RECEIVER = "https://client.example/hook?key=s3cret"


def test_the_end_of_a_job_makes_one_due(db: None) -> None:
    job = make_job("processing", webhook_receiver=RECEIVER, relays_webhook=True)
    jobs.observe(job, answer("success", public_id=job.public_id), look_in=1.0)
    outbox.deliver_due()
    row = WebhookDelivery.objects.get()
    assert (row.job_id, row.kind, row.state) == (job.pk, DeliveryKind.END, DeliveryState.DUE)
    assert row.origin == "https://client.example"
    assert row.event_id == job.events.get(kind="succeeded").pk


def test_an_address_that_is_no_longer_allowed_is_noted_by_its_host() -> None:
    deliveries.note_end(job=ended("ftp://client.example/hook?key=s3cret"), event_id=uuid.uuid4())
    assert WebhookDelivery.objects.get().origin == "client.example"


def test_a_signal_that_comes_twice_makes_one() -> None:
    job, event_id = ended(RECEIVER, "fail"), uuid.uuid4()
    for _ in range(2):
        signals.job_failed.send(sender=UniversalAIJob, job=job, event_id=event_id)
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{"webhook_receiver": None}, {"relays_webhook": False}], ids=["no receiver", "host's"]
)
def test_other_jobs_make_none(fields: dict[str, Any]) -> None:
    told: dict[str, Any] = {"webhook_receiver": RECEIVER, "relays_webhook": True}
    job = make_job("success", **told | fields)
    deliveries.note_end(job=job, event_id=uuid.uuid4())
    assert not WebhookDelivery.objects.exists()


def test_what_its_client_has_deleted_is_not_told() -> None:
    job = ended(RECEIVER)
    DeletedJob.objects.create(job=job)
    deliveries.note_end(job=job, event_id=uuid.uuid4())
    assert not WebhookDelivery.objects.exists()


def test_again_begins_anew() -> None:
    delivery = delivery_to(RECEIVER)
    WebhookDelivery.objects.update(
        state=DeliveryState.FAILED, due_at=None, attempts=4, failures=4, error="no"
    )
    assert deliveries.deliver_again(delivery)
    row = fresh(delivery)
    assert (row.state, row.attempts, row.failures, row.error) == (DeliveryState.DUE, 0, 0, "")
    assert deliveries.due().get() == delivery


def test_what_is_being_sent_is_left_alone() -> None:
    delivery = delivery_to(RECEIVER)
    assert deliveries.claim_due(5, per_origin=5, per_owner=5)
    assert not deliveries.deliver_again(delivery)
    assert not deliveries.due().exists()


def test_a_test_goes_to_the_same_receiver_and_tells_so() -> None:
    delivery = delivery_to(RECEIVER)
    for _ in range(2):
        made = deliveries.send_test(delivery)
        assert (made.kind, made.job_id, made.event_id) == (DeliveryKind.TEST, delivery.job_id, None)
    assert deliveries.due().count() == 3


def test_a_busy_receiver_waits_for_its_turn() -> None:
    busy = [delivery_to("https://busy.example/") for _ in range(4)]
    other = delivery_to(RECEIVER)
    at_work = [("https://busy.example", None)]
    claimed = deliveries.claim_due(4, at_work=at_work, per_origin=2, per_owner=9)
    assert {row.pk for row, _ in claimed} == {busy[0].pk, other.pk}


@pytest.mark.parametrize("is_anybodys", [True, False])
def test_the_burst_of_one_hides_nobody_elses(
    monkeypatch: pytest.MonkeyPatch, is_anybodys: bool
) -> None:
    monkeypatch.setattr(deliveries, "_SEEN", 3)
    ann = User.objects.create_user("ann") if is_anybodys else None
    for number in range(8):
        delivery_to("https://burst.example/" if number < 4 else f"https://{number}/", owner=ann)
    other = delivery_to(RECEIVER, owner=User.objects.create_user("bob"))
    claimed = deliveries.claim_due(9, per_origin=2, per_owner=3)
    assert len(claimed) == 4
    assert other.pk in {row.pk for row, _ in claimed}


def test_an_owner_of_many_receivers_waits_for_its_turn() -> None:
    ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob")
    many = [delivery_to(f"https://{number}.example/", owner=ann) for number in range(4)]
    at_work = [("https://9.example", ann.pk)]
    nobodys, bobs = delivery_to(RECEIVER), delivery_to(RECEIVER, owner=bob)
    claimed = deliveries.claim_due(9, at_work=at_work, per_origin=2, per_owner=2)
    assert {row.pk for row, _ in claimed} == {many[0].pk, nobodys.pk, bobs.pk}
    at_work = [whose for _, whose in claimed if whose[1] == ann.pk] * 2
    assert not deliveries.claim_due(9, at_work=at_work, per_origin=9, per_owner=2)


class TestTheServiceIsNotTold:
    """The gateway's client is served by us, whoever does the job."""

    def test_of_the_receiver(self, configure: Configure, settings: Settings) -> None:
        settings.ROOT_URLCONF = "tests.urls"
        backend = configure(webhook_url="https://here.example")
        job = make_job(
            webhook_receiver=RECEIVER, user_webhook_parameters={"case": 7}, relays_webhook=True
        )
        assert job.request.webhook_receiver is None
        assert job.request.user_webhook_parameters is None
        added = callback(backend, job.request, "t")
        assert added["webhook_receiver"] == "https://here.example/universal-ai/webhook/"
        assert "case" not in added["user_webhook_parameters"]
        assert backed_up(backend, job, 2.0) == BACKUP

    def test_not_of_a_resubmission_s_either(self, ann: User) -> None:
        job = jobs.submit(
            model=AUDIO,
            input={"file": URL},
            owner=ann,
            webhook_receiver=RECEIVER,
            relay_webhook=True,
        )
        again = jobs.resubmit(job)
        assert (again.webhook_receiver, again.relays_webhook) == (RECEIVER, True)


class TestWhatAClientMayName:
    def test_a_receiver_is_kept_and_relayed(self, api: Api) -> None:
        made = api.submit(
            webhook_receiver="https://client.example/x", user_webhook_parameters={"case": 7}
        )
        assert made.status == 202
        job = UniversalAIJob.objects.get(pk=made.data["public_id"])
        assert (job.webhook_receiver, job.relays_webhook) == ("https://client.example/x", True)
        assert job.user_webhook_parameters == {"case": 7}

    def test_a_job_without_one_is_like_any_other(self, api: Api) -> None:
        made = api.submit()
        assert not UniversalAIJob.objects.get(pk=made.data["public_id"]).relays_webhook

    @pytest.mark.parametrize(
        "url",
        [
            "http://client.example/",
            "https://localhost/",
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://2130706433/",
            "https://ann:secret@client.example/",
            "https://client.example:22/",
            "/hook",
            "",
        ],
    )
    def test_a_bad_one_is_refused_with_its_field(self, api: Api, url: str) -> None:
        answer = api.submit(webhook_receiver=url)
        assert [place for place, _ in answer.problems] == [["body", "webhook_receiver"]]
        assert not UniversalAIJob.objects.exists()

    def test_without_what_signs_the_way_out_is_named(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keys, "find_spec", lambda name: None)
        answer = api.submit(webhook_receiver="https://client.example/")
        assert answer.status == 422
        assert "django-universal-ai[webhooks]" in answer.data["detail"][0]["msg"]

    def test_jobs_of_the_sandbox_tell_their_end(self, make_api: Any, ann: User) -> None:
        made = make_api(ann, sandbox=True).submit(webhook_receiver="https://client.example/")
        outbox.deliver_due()
        assert str(WebhookDelivery.objects.get().job_id) == made.data["public_id"]
