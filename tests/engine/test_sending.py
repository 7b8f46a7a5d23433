from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_universal_ai import engine, jobs, limits
from django_universal_ai.backends import BaseBackend
from tests.remote import Configure
from tests.rows import AUDIO, URL, events_of, fresh, in_seconds, make_job
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db


def test_a_pending_job_is_handed_over(remote: BaseBackend, upstream: Upstream) -> None:
    job = make_job(provider_params={"a": 1}, show_original_response=True)
    assert engine.send(job)
    job = fresh(job)
    (entry,) = upstream.ledger.posts()
    assert entry.body == {
        "model": AUDIO,
        "input": {"file": URL},
        "provider_params": {"a": 1},
        "show_original_response": True,
    }
    assert (job.status, job.public_id) == ("processing", entry.public_id)
    assert job.submitted_at
    assert job.created_at
    assert (job.lease_owner, job.attempts) == (None, 1)
    assert events_of(job) == ["submitted"]


def test_a_job_that_ends_at_once_needs_one_request(remote: BaseBackend, upstream: Upstream) -> None:
    upstream.settings.seconds = 0
    well = make_job()
    badly = make_job(provider_params={"upstream": {"status": "fail"}})
    assert engine.send(well)
    assert engine.send(badly)
    assert (fresh(well).status, fresh(well).output) == ("success", upstream.settings.output)
    assert str(fresh(well).cost) == "0.012500000000"
    assert (fresh(badly).status, fresh(badly).error) == (
        "fail",
        {"message": "The provider gave up."},
    )
    assert events_of(well) == ["submitted", "succeeded"]
    assert events_of(badly) == ["submitted", "failed"]
    assert len(upstream.ledger.requests()) == 2


def test_the_highest_priority_goes_first_and_then_the_oldest(
    configure: Configure, upstream: Upstream
) -> None:
    configure(concurrency=1)
    ages = {"young": (0, -1), "old": (0, -9), "urgent": (5, 0), "later": (-5, -99)}
    for name, (priority, age) in ages.items():
        make_job(input={"file": name}, priority=priority, requested_at=in_seconds(age))
    engine.advance()
    sent = [entry.body["input"]["file"] for entry in upstream.ledger.posts()]
    assert sent == ["urgent", "old", "young", "later"]


def test_a_message_that_comes_again_takes_no_turn(
    remote: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def take(backend: BaseBackend, wanted: int = 1) -> list[limits.Turn]:
        taken.append(wanted)
        return []

    monkeypatch.setattr(limits, "take", take)
    for status in ("submitting", "processing", "success", "fail", "uncertain"):
        assert not engine.send(make_job(status))
    assert taken == []


def test_nothing_is_read_between_the_claim_and_the_post(
    remote: BaseBackend, upstream: Upstream
) -> None:
    """A query that fails there would leave a job uncertain that was never sent."""
    job = make_job()
    with CaptureQueriesContext(connection) as queries:
        assert engine.send(job)
    texts = [query["sql"] for query in queries]
    claim = next(place for place, text in enumerate(texts) if "'submitting'" in text)
    stored = next(place for place, text in enumerate(texts) if "'processing'" in text)
    between = [text for text in texts[claim + 1 : stored] if "SAVEPOINT" not in text]
    assert between == []


def test_a_claim_that_was_held_up_makes_no_late_request(
    configure: Configure, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others keep to their moments: what leaves late may be one too many in its second."""
    configure(rate_limit=20)
    begin, take = jobs.begin_submission, limits.take
    pauses = [0.2]
    moments: list[float] = []

    def slow(*args: Any, **kwargs: Any) -> jobs.Ticket | None:
        if pauses:
            time.sleep(pauses.pop())  # as the database does that wants another try
        return begin(*args, **kwargs)

    def watched(*args: Any, **kwargs: Any) -> list[limits.Turn]:
        turns = take(*args, **kwargs)
        moments.extend(turn.moment for turn in turns)
        return turns

    monkeypatch.setattr(jobs, "begin_submission", slow)
    monkeypatch.setattr(limits, "take", watched)
    job = make_job()
    engine.advance(budget=5)
    (post,) = upstream.ledger.posts()
    assert post.clock - max(moment for moment in moments if moment <= post.clock) < 0.19
    row = fresh(job)
    assert (row.status, row.note, row.attempts) == ("processing", "", 2)
    assert events_of(job) == ["submitted"]
