"""Jobs whose answer is the end: the service tells no id of theirs."""

from __future__ import annotations

import pytest

from django_universal_ai import engine
from django_universal_ai.backends import BaseBackend
from django_universal_ai.models import UniversalAIJob
from tests.rows import events_of, fresh, make_due, make_job
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db

SYNC = "/v3/universal-ai"


def moderation() -> UniversalAIJob:
    return make_job(
        requested_model="text/moderation/google",
        feature="text",
        subfeature="moderation",
        input={"text": "hello"},
    )


def test_it_is_over_with_the_answer(remote: BaseBackend, upstream: Upstream) -> None:
    jobs = [moderation(), moderation()]
    engine.advance()
    for job in map(fresh, jobs):
        assert (job.status, job.public_id) == ("success", None)
        assert job.cost
        assert job.output
        assert events_of(job) == ["submitted", "succeeded"]
    assert [entry.path for entry in upstream.ledger.requests("POST")] == [SYNC, SYNC]


def test_a_lost_answer_is_uncertain_and_is_not_sent_again(
    remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault("lost")
    job = moderation()
    engine.advance()
    assert fresh(job).status == "uncertain"
    make_due(job)
    engine.advance()
    assert fresh(job).status == "uncertain"
    assert len(upstream.ledger.requests("POST")) == 1


def test_a_failure_is_the_services_word(remote: BaseBackend, upstream: Upstream) -> None:
    upstream.fault("answer", patch={"status": "fail", "error": {"message": "no"}, "output": None})
    job = moderation()
    engine.advance()
    assert (fresh(job).status, fresh(job).error) == ("fail", {"message": "no"})
