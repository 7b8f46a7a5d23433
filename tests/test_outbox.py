from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from django_universal_ai import engine, outbox, signals, tasks
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import events_of, fresh, make_job

pytestmark = pytest.mark.django_db

SUCCEEDED = signals.job_succeeded

Connect = Callable[..., None]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connect receivers for one test."""
    connected: list[Any] = []

    def to_signal(receiver: Any, signal: Any = SUCCEEDED) -> None:
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    yield to_signal
    for signal, receiver in connected:
        signal.disconnect(receiver)


def event(kind: str = "succeeded", **fields: Any) -> JobEvent:
    """A signal of an ended job that is due."""
    job = make_job("success")
    return JobEvent.objects.create(job=job, kind=kind, deliver_at=Now(), **fields)


def make_due(*events: JobEvent) -> None:
    JobEvent.objects.filter(pk__in=[each.pk for each in events]).update(
        deliver_at=Now() - timedelta(seconds=1)
    )


class Receiver:
    """Notes what it gets; does what it is told."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.got: list[dict[str, Any]] = []

    def __call__(self, **given: Any) -> None:
        self.got.append(given)
        if self.errors:
            raise self.errors.pop(0)


def test_what_nobody_listens_to_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SUCCEEDED, "receivers", [])
    SUCCEEDED.sender_receivers_cache.clear()
    due = event()
    assert [outbox.deliver_due(), outbox.deliver_due()] == [1, 0]
    settled = JobEvent.objects.get(pk=due.pk)
    assert (settled.deliver_at, settled.deliveries) == (None, 1)
    assert settled.delivered_at


def test_a_signal_is_delivered_once_where_nothing_breaks(connect: Connect) -> None:
    receiver = Receiver()
    connect(receiver)
    due = event()
    assert outbox.deliver_due() == 1
    assert outbox.deliver_due() == 0
    (given,) = receiver.got
    assert given == {
        "signal": SUCCEEDED,
        "sender": UniversalAIJob,
        "job": due.job,
        "event_id": due.pk,
    }
    due.refresh_from_db()
    assert due.delivered_at
    assert (due.deliver_at, due.deliveries) == (None, 1)


def test_the_job_is_read_afresh(connect: Connect) -> None:
    receiver = Receiver()
    connect(receiver)
    due = event()
    UniversalAIJob.objects.update(output={"text": "new"})
    outbox.deliver(due.pk)
    assert receiver.got[0]["job"].output == {"text": "new"}


def test_without_receivers_a_signal_is_delivered() -> None:
    due = event()
    assert outbox.deliver_due() == 1
    due.refresh_from_db()
    assert due.delivered_at


def test_a_receiver_that_raises_gets_it_again_and_the_others_do_not(connect: Connect) -> None:
    bad, good = Receiver(KeyError("first"), KeyError("second")), Receiver()
    connect(partial(bad))
    connect(good)
    due = event()
    for deliveries in (1, 2, 3):
        assert outbox.deliver_due() == 1
        assert outbox.deliver_due() == 0
        due.refresh_from_db()
        assert due.deliveries == deliveries
        make_due(due) if due.deliver_at else None
    assert (len(bad.got), len(good.got)) == (3, 1)
    assert {given["event_id"] for given in bad.got + good.got} == {due.pk}
    assert due.delivered_at
    assert outbox.deliver_due() == 0


def test_the_pauses_grow(connect: Connect) -> None:
    connect(Receiver(*[KeyError("no")] * 99))
    due = event()
    pauses = []
    for _ in range(4):
        outbox.deliver_due()
        due.refresh_from_db()
        assert due.deliver_at
        pauses.append((due.deliver_at - timezone.now()).total_seconds())
        make_due(due)
    assert pauses == sorted(pauses)
    assert pauses[-1] > 4 * pauses[0]
    assert pauses[-1] <= outbox.LONGEST_PAUSE


def test_each_event_keeps_the_receipts_of_its_own(connect: Connect) -> None:
    """Events that are settled together may have had another number of tries."""
    twice, other = Receiver(KeyError("no")), Receiver(KeyError("no"))
    connect(partial(twice))
    connect(other)
    first = event()
    outbox.deliver_due()
    first.refresh_from_db()
    name = min(first.receipts)
    first.receipts[name] = {"done": True, "tries": 5, "error": ""}
    first.save()
    outbox.deliver_again(first)
    second = event()
    outbox.deliver_due()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.receipts[name]["tries"], second.receipts[name]["tries"]) == (5, 1)
    assert first.delivered_at
    assert second.delivered_at


def test_a_receiver_that_always_raises_is_left_until_a_person_says_so(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = Receiver(*[KeyError("no")] * outbox.MOST_TRIES), Receiver()
    connect(partial(bad))
    connect(good)
    due = event()
    for _ in range(outbox.MOST_TRIES + 3):
        outbox.deliver_due()
        due.refresh_from_db()
        if due.deliver_at:
            make_due(due)
    assert len(bad.got) == outbox.MOST_TRIES
    assert due.is_dead
    assert JobEvent.objects.dead().get() == due
    assert "given up" in caplog.text
    outbox.deliver_again(due)
    assert outbox.deliver_due() == 1
    assert len(bad.got) == outbox.MOST_TRIES + 1
    assert len(good.got) == 1
    due.refresh_from_db()
    assert due.delivered_at


def test_a_process_that_dies_in_a_receiver_is_followed_by_another(connect: Connect) -> None:
    killer, good = Receiver(SystemExit(9)), Receiver()
    connect(partial(killer))
    connect(good)
    due = event()
    with pytest.raises(SystemExit):
        outbox.deliver_due()
    assert outbox.deliver_due() == 0  # claimed: it may still be at work
    make_due(due)
    assert outbox.deliver_due() == 1
    assert len(good.got) >= 1
    assert len(killer.got) == 2
    due.refresh_from_db()
    assert due.delivered_at


def test_a_receiver_that_kills_every_process_keeps_no_other_from_its_signal(
    connect: Connect,
) -> None:
    killer, good = Receiver(*[SystemExit(9)] * 99), Receiver()
    connect(partial(killer))
    connect(good)
    due = event()
    for _ in range(outbox.MOST_TRIES + 3):
        make_due(due) if JobEvent.objects.get().deliver_at else None
        try:
            outbox.deliver_due()
        except SystemExit:
            continue
    due.refresh_from_db()
    assert due.is_dead
    assert len(good.got) >= 1
    assert len(killer.got) <= outbox.MOST_TRIES + 1


def test_what_another_process_delivers_is_left_to_it(connect: Connect) -> None:
    receiver = Receiver()
    connect(receiver)
    due = event()
    assert outbox._claim(due.pk)
    assert not outbox.deliver(due.pk)
    assert outbox.deliver_due() == 0
    assert receiver.got == []


def test_the_oldest_comes_first(connect: Connect) -> None:
    receiver = Receiver()
    connect(receiver)
    made = [event() for _ in range(3)]
    assert outbox.deliver_due() == 3
    assert [given["event_id"] for given in receiver.got] == [each.pk for each in made]


def test_only_those_of_one_job_where_one_is_named(connect: Connect) -> None:
    first, second = event(), event()
    assert outbox.deliver_due(second.job) == 1
    first.refresh_from_db()
    assert not first.delivered_at


def test_no_more_are_delivered_than_are_asked_for(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    receiver = Receiver()
    connect(receiver)
    for _ in range(5):
        event()
    assert outbox.deliver_due(limit=3) == 4  # whole batches
    assert len(receiver.got) == 4
    assert outbox.deliver_due() == 1


def test_a_batch_that_takes_long_is_left_to_the_next(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    connect(receiver)
    made = [event() for _ in range(3)]
    clock = iter([0.0, 0.0, *[outbox.CLAIM / 2] * 100])
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        assert outbox.deliver_due(limit=1) == 1
    left = JobEvent.objects.filter(pk__in=[each.pk for each in made], delivered_at=None)
    assert set(left.values_list("deliveries", flat=True)) == {0}
    assert outbox.deliver_due() == 2
    assert len(receiver.got) == 3


def test_an_event_whose_job_goes_in_this_moment_is_told_to_nobody(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    connect(receiver)
    event()
    monkeypatch.setattr(QuerySet, "in_bulk", lambda rows, ids: {})
    outbox.deliver_due()
    assert receiver.got == []


@pytest.mark.timeout(method="thread")  # the signal that pytest's own limit uses is needed here
def test_a_hanging_receiver_is_interrupted(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(**given: Any) -> None:
        time.sleep(30)

    monkeypatch.setattr(outbox, "CLAIM", 0.2)
    good = Receiver()
    connect(hang)
    connect(good)
    due = event()
    began = time.monotonic()
    outbox.deliver_due()
    assert time.monotonic() - began < 10
    assert len(good.got) == 1
    due.refresh_from_db()
    assert not due.delivered_at


def test_async_receivers_get_it_as_well(connect: Connect) -> None:
    got: list[Any] = []

    async def receive(job: UniversalAIJob, **given: Any) -> None:
        got.append(job)

    connect(receive)
    due = event()
    outbox.deliver_due()
    assert got == [due.job]


def test_each_kind_of_end_has_its_signal(connect: Connect) -> None:
    receivers = {
        signal: Receiver()
        for signal in (signals.job_submitted, signals.job_succeeded, signals.job_failed)
    }
    for signal, receiver in receivers.items():
        connect(receiver, signal)
    for kind in ("submitted", "succeeded", "failed"):
        event(kind)
    outbox.deliver_due()
    assert [len(receiver.got) for receiver in receivers.values()] == [1, 1, 1]


def test_a_receiver_may_use_the_database_and_ask_for_more(connect: Connect) -> None:
    def follow_up(job: UniversalAIJob, **given: Any) -> None:
        if job.parent is None:
            job.resubmit()

    connect(follow_up)
    job = make_job()
    engine.advance()
    child = UniversalAIJob.objects.get(parent=job)
    engine.advance()
    assert fresh(child).status == "success"
    assert UniversalAIJob.objects.count() == 2


def test_a_receiver_that_breaks_the_database_hurts_only_itself(connect: Connect) -> None:
    connect(Receiver(OperationalError("no such table")))
    job = make_job()
    engine.advance()
    assert fresh(job).status == "success"
    assert events_of(job) == ["submitted", "succeeded"]


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_that_is_rolled_back_it_is_delivered_once_more(connect: Connect) -> None:
    receiver = Receiver()
    connect(receiver)
    due = event()
    with transaction.atomic():
        outbox.deliver_due()
        transaction.set_rollback(True)
    tasks.poll_job(str(due.job_id))
    assert {given["event_id"] for given in receiver.got} == {due.pk}
    due.refresh_from_db()
    assert due.delivered_at
