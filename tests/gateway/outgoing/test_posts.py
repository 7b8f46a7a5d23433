"""Webhooks to real receivers: good ones, slow ones, broken ones."""

from __future__ import annotations

import json
import threading
import uuid
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from pytest_django import Settings

from django_universal_ai import engine
from django_universal_ai.contract import WebhookEvent
from django_universal_ai.contract.signature import load_public_keys, verify
from django_universal_ai.gateway.models import DeliveryState, WebhookDelivery
from django_universal_ai.gateway.outgoing import body as body_of
from django_universal_ai.gateway.outgoing import deliveries, keys, posts, sending
from django_universal_ai.gateway.tasks import post_webhooks
from django_universal_ai.models.database import from_now
from tests.loopback import (
    Act,
    Handler,
    answering,
    closing,
    endless,
    loopback,
    waiting,
)
from tests.marks import concurrent

from .conftest import delivery_to, fresh, move

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_webhook_as_the_contract_has_it() -> None:
    with loopback() as receiver:
        delivery = delivery_to(
            f"{receiver.url}/hook?key=1",
            user_webhook_parameters={"case": 7, "ratio": 1.0},
        )
        assert move() == 1
    (heard,) = receiver.heard
    job = delivery.job
    body = json.loads(heard.body)
    assert list(body) == sorted(body)
    assert body == {
        "event": "async_job_completed",
        "job_id": str(job.pk),
        "status": "success",
        "feature": "audio",
        "subfeature": "speech_to_text_async",
        "provider": "google",
        "model": None,
        "created_at": f"{job.requested_at:%Y-%m-%dT%H:%M:%SZ}",
        "finished_at": f"{job.finished_at:%Y-%m-%dT%H:%M:%SZ}",
        "output": {"text": "hello"},
        "user_parameters": {"case": 7, "ratio": 1.0},
    }
    # Our own receiving side reads it as the service's.
    assert WebhookEvent.model_validate(body).to_response().is_terminal
    assert (heard.method, heard.path) == ("POST", "/hook?key=1")
    headers = heard.headers
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "EdenAI/Ai-Features"
    assert (headers["x-edenai-webhook"], headers["x-edenai-hash-algorithm"]) == ("true", "SHA256")
    assert verify(heard.body, headers["x-edenai-signature"], load_public_keys([keys.served()]))
    row = fresh(delivery)
    assert (row.state, row.status_code, row.answer) == (DeliveryState.DELIVERED, 200, "thanks")
    assert (row.attempts, row.failures, row.due_at, row.lease) == (1, 0, None, None)
    assert row.delivered_at
    assert row.seconds is not None
    assert "key" not in row.origin


def test_a_failure_tells_its_error_and_no_output() -> None:
    with loopback() as receiver:
        delivery_to(receiver.url, "fail", show_original_response=True, original_response={"x": 1})
        move()
    body = json.loads(receiver.heard[0].body)
    assert (body["status"], body["error"]) == ("fail", {"message": "no"})
    assert body["original_response"] == {"x": 1}
    assert not {"output", "user_parameters", "cost"} & set(body)


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        (answering(500, b"sorry"), 500, ""),
        (answering(503), 503, ""),
        (closing, None, "can't be reached"),
        (waiting, None, "took too long"),
    ],
    ids=["500", "503", "closing", "waiting"],
)
def test_trouble_is_tried_again_three_times(
    act: Act, code: int | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if act is waiting:  # the others' answers come soon, but not on every machine within so little
        monkeypatch.setattr(sending, "SECONDS", 0.2)
    with loopback(act) as receiver:
        delivery = delivery_to(receiver.url)
        assert move(rounds=6) == 4
        assert len(receiver.heard) == 4
        assert len({heard.body for heard in receiver.heard}) == 1
    row = fresh(delivery)
    assert (row.state, row.status_code, row.due_at) == (DeliveryState.FAILED, code, None)
    assert (row.attempts, row.failures) == (4, 4)
    assert words in row.error


@pytest.mark.usefixtures("_soon")
def test_the_first_good_answer_is_enough() -> None:
    with loopback(answering(500), closing, answering(204, b"")) as receiver:
        delivery = delivery_to(receiver.url)
        assert move(rounds=5) == 3
    assert fresh(delivery).state == DeliveryState.DELIVERED


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 408, 410, 429])
def test_a_refusal_is_final(status: int) -> None:
    with loopback() as elsewhere, loopback(answering(status, Location=elsewhere.url)) as receiver:
        delivery = delivery_to(receiver.url)
        assert move(rounds=3) == 1
        assert elsewhere.heard == []
    row = fresh(delivery)
    assert (row.state, row.status_code, row.due_at) == (DeliveryState.REFUSED, status, None)


def test_pauses_grow_and_stay_within_half_a_minute() -> None:
    with loopback(answering(500)) as receiver:
        delivery = delivery_to(receiver.url)
        for longest in deliveries.PAUSES:
            move()
            row = fresh(delivery)
            assert row.due_at
            WebhookDelivery.objects.filter(pk=row.pk).update(due_at=from_now(-1))
            assert longest <= 30
            assert row.state == DeliveryState.DUE
    assert list(deliveries.PAUSES) == sorted(deliveries.PAUSES)


def test_little_of_a_huge_answer_is_read() -> None:
    with loopback(endless) as receiver:
        delivery = delivery_to(receiver.url)
        move()
    row = fresh(delivery)
    assert (row.state, row.status_code) == (DeliveryState.DELIVERED, 200)
    assert row.answer == "x" * sending.KEPT


def test_what_looks_secret_in_an_answer_is_not_kept() -> None:
    with loopback(answering(400, b"\x00 token=abcdef123456\xff")) as receiver:
        delivery = delivery_to(receiver.url)
        move()
    assert "abcdef" not in fresh(delivery).answer


def test_an_address_that_became_bad_is_not_called(settings: Settings) -> None:
    """It is judged at each delivery."""
    with loopback() as receiver:
        delivery = delivery_to(receiver.url)
        settings.UNIVERSAL_AI_OUTWARD = {"ALLOW_HTTP": True, "PORTS": [receiver.port]}
        move()
        assert receiver.callers == []
    row = fresh(delivery)
    assert (row.state, row.attempts) == (DeliveryState.REFUSED, 1)
    assert "this machine" in row.error


@concurrent
def test_slow_receivers_hold_up_nobody() -> None:
    """More webhooks to a slow receiver than there are threads; the good one's comes at once."""
    with loopback(waiting) as slow, loopback() as good:
        many = [delivery_to(f"{slow.url}/{number}") for number in range(posts.AT_ONCE + 4)]
        assert posts.start_due() == posts.PER_ORIGIN
        quick = delivery_to(good.url)
        assert posts.has_due()
        assert posts.start_due() == 1
        while fresh(quick).state != DeliveryState.DELIVERED:
            threading.Event().wait(0.02)
        assert posts.start_due() == 0
        assert len(slow.callers) <= posts.PER_ORIGIN < len(many)
        slow.over.set()


@concurrent
def test_an_owner_with_many_slow_receivers_holds_up_nobody() -> None:
    ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob")
    with ExitStack() as stack:
        slow = [stack.enter_context(loopback(waiting)) for _ in range(posts.PER_OWNER + 1)]
        for each in slow:
            delivery_to(each.url, owner=ann)
        good = stack.enter_context(loopback())
        assert posts.start_due() == posts.PER_OWNER
        quick = delivery_to(good.url, owner=bob)
        assert posts.start_due() == 1
        while fresh(quick).state != DeliveryState.DELIVERED:
            threading.Event().wait(0.02)
        assert posts.start_due() == 0
        for each in slow:
            each.over.set()


def test_nothing_leaves_from_within_a_transaction() -> None:
    with loopback() as receiver, transaction.atomic():
        delivery_to(receiver.url)
        assert not posts.has_due()
        assert posts.start_due() == 0


@concurrent
def test_the_engine_and_the_task_get_them_going() -> None:
    with loopback() as receiver:
        delivery_to(receiver.url)
        assert engine.advance(budget=1.0) >= 1
        delivery_to(receiver.url)
        assert post_webhooks() == 1
        posts.posts().wait(30)
        assert len(receiver.heard) == 2


def test_trouble_of_our_own_is_written_down(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with loopback() as receiver:
        keys.current()
        settings.SECRET_KEY = "another one"
        delivery = delivery_to(receiver.url)
        move()
        assert receiver.callers == []
        row = fresh(delivery)
        assert (row.state, row.failures) == (DeliveryState.DUE, 1)
        assert "SECRET_KEY_FALLBACKS" in row.error
        settings.SECRET_KEY_FALLBACKS = ["for tests only"]
        assert deliveries.deliver_again(row)
        move()
    assert fresh(delivery).state == DeliveryState.DELIVERED


def test_the_task_sends_what_is_due() -> None:
    with loopback() as receiver:
        delivery = delivery_to(receiver.url)
        assert post_webhooks() == 1
        posts.posts().wait(30)
    assert fresh(delivery).state == DeliveryState.DELIVERED


def test_what_finds_no_thread_stays_due(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = delivery_to("https://receiver.example")
    posts.posts()  # has its threads already
    monkeypatch.setattr(posts, "AT_ONCE", 0)
    assert posts.start_due() == 0
    assert fresh(delivery).state == DeliveryState.DUE


def test_of_two_that_begin_at_once_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    claim, other = deliveries.claim_due, []

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        other.append(posts.start_due())
        return claim(*args, **kwargs)

    monkeypatch.setattr(deliveries, "claim_due", meanwhile)
    with loopback() as receiver:
        delivery_to(receiver.url)
        assert move() == 1
        assert other == [0]
        assert len(receiver.heard) == 1


def test_what_another_process_took_over_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = deliveries.claim_due

    def slow(*args: Any, **kwargs: Any) -> Any:
        claimed = claim(*args, **kwargs)
        WebhookDelivery.objects.update(lease=uuid.uuid4())
        return claimed

    monkeypatch.setattr(deliveries, "claim_due", slow)
    with loopback() as receiver:
        delivery_to(receiver.url)
        move()
        assert receiver.heard == []


@pytest.mark.parametrize(("where", "name"), [(posts, "send"), (deliveries, "settle")])
def test_a_database_that_is_away_sends_it_again(
    where: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("the database is away")

    with loopback() as receiver:
        delivery = delivery_to(receiver.url)
        with monkeypatch.context() as patched:
            patched.setattr(where, name, away)
            move()
        assert "the database is away; it is sent again" in caplog.text
        row = fresh(delivery)
        assert (row.state, row.failures) == (DeliveryState.DUE, 0)
        WebhookDelivery.objects.update(due_at=from_now(-1))
        move()
    assert fresh(delivery).state == DeliveryState.DELIVERED


def test_an_output_without_a_form_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite keeps half of a surrogate pair, which no UTF-8 can hold."""
    monkeypatch.setattr(body_of, "document", lambda delivery: {"text": "\ud800"})
    with loopback() as receiver:
        delivery = delivery_to(receiver.url)
        move()
        assert receiver.callers == []
    row = fresh(delivery)
    assert row.state == DeliveryState.FAILED
    assert "surrogate" in row.error


def test_a_lost_worker_s_webhook_is_sent_by_the_next() -> None:
    with loopback(waiting, answering()) as receiver:
        delivery = delivery_to(receiver.url)
        # A process claims it, and is never heard of again.
        [(claimed, _)] = deliveries.claim_due(1, per_origin=1, per_owner=1)
        assert posts.start_due() == 0
        WebhookDelivery.objects.filter(pk=delivery.pk).update(due_at=from_now(-1))
        receiver.acts.pop(0)
        assert move() == 1
        # The first one wakes up after all: its word doesn't count any more.
        late = sending.Outcome(DeliveryState.FAILED, error="too late")
        assert not deliveries.settle(claimed, late)
    row = fresh(delivery)
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 2)


def test_one_whose_workers_are_always_lost_is_given_up() -> None:
    with loopback() as receiver:
        delivery = delivery_to(receiver.url)
        WebhookDelivery.objects.filter(pk=delivery.pk).update(attempts=deliveries.MOST_LOST)
        assert move() == 0
        assert receiver.callers == []
    row = fresh(delivery)
    assert row.state == DeliveryState.FAILED
    assert "was lost" in row.error


def shout(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"not gzip at all")
    closing(handler)


def test_an_answer_that_breaks_off_has_answered() -> None:
    with loopback(shout) as receiver:
        delivery = delivery_to(receiver.url)
        move()
    row = fresh(delivery)
    assert (row.state, row.status_code) == (DeliveryState.DELIVERED, 200)
    assert row.answer.startswith("not gzip")
