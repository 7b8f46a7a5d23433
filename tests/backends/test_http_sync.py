"""Features that the service answers when the work is done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import OutcomeUnknown
from tests.upstream import Upstream

from .conftest import MakeBackend

SYNC = "/v3/universal-ai"


def ask(**more: Any) -> JobRequest:
    return JobRequest(model="text/moderation/google", input={"text": "hello"}, **more)


def test_they_go_to_the_endpoint_of_their_own(http: HTTPBackend, upstream: Upstream) -> None:
    job = http.submit(
        ask(
            provider_params={"a": 1},
            webhook_receiver="https://host.example/hook",
            user_webhook_parameters={"token": "t0"},
        )
    )
    (entry,) = upstream.ledger.posts()
    assert entry.path == SYNC
    assert entry.body == {
        "model": "text/moderation/google",
        "input": {"text": "hello"},
        "provider_params": {"a": 1},
    }
    assert (job.public_id, job.status, job.cost) == ("", "success", Decimal("0.0125"))
    assert job.output


def test_an_unknown_feature_is_asynchronous(http: HTTPBackend, upstream: Upstream) -> None:
    http.submit(JobRequest(model="music/composition/google", input={}))
    assert upstream.ledger.posts()[0].path == f"{SYNC}/async"


def test_a_service_may_take_longer_and_tell_the_id(http: HTTPBackend, upstream: Upstream) -> None:
    upstream.fault("answer", patch={"status": "processing", "public_id": "abc"})
    job = http.submit(ask())
    assert (job.status, job.public_id) == ("processing", "abc")


def test_a_job_that_nobody_could_ask_for_is_an_unknown_outcome(
    http: HTTPBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", patch={"status": "processing"})
    with pytest.raises(OutcomeUnknown, match="no public_id to ask for it"):
        http.submit(ask())


def test_silence_while_it_works_has_a_limit_of_its_own(
    make_backend: MakeBackend, upstream: Upstream
) -> None:
    patient = make_backend(read_timeout=0.2, total_timeout=0.2)
    upstream.fault("silence", seconds=0.6)
    assert patient.submit(ask()).status == "success"
    hasty = make_backend(sync_timeout=0.2)
    upstream.fault("silence", seconds=5)
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        hasty.submit(ask())
    assert hasty.submit_timeout(ask().model_id) == 0.2
