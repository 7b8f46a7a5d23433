"""Webhooks that come too early, twice, in contradiction, forged, or to the wrong customer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.upstream.signing import service_key

from .site import Site, event, forgeries, others_job, settle
from .stage import Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(300)]


def test_a_webhook_before_the_answer_is_stored(announced: tuple[Stage, Site]) -> None:
    """And polls at the same instant: each job ends once."""
    stage, _ = announced
    stage.upstream.configure(seconds=0)
    stage.upstream.fault("silence", method="POST", path="async$", times=10, seconds=1.5)
    stage.worker()
    stage.submit(20)
    settle(stage)
    assert stage.judge().states == {"success": 20}


def test_what_is_replayed_contradicting_forged_or_anothers_changes_nothing(
    announced: tuple[Stage, Site],
) -> None:
    stage, site = announced
    stage.worker("-c", "1")
    (ended,) = stage.submit(1)
    settle(stage)
    stage.upstream.configure(seconds=None)
    (running,) = stage.submit(1)
    until(lambda: stage.statuses()[running] == "processing", 30, "it is at work")
    before = stage.job(ended)

    valid = event(there(stage, ended))
    assert site.post(valid, service_key()) == 200  # replayed
    contradicting = {"status": "fail", "output": None, "error": {"message": "no"}}
    assert site.post(valid | contradicting, service_key()) == 200
    forged = event(there(stage, running), status="success", output={"text": "forged"})
    for mutant, headers in forgeries(forged):
        assert site.post_raw(mutant, headers) in (400, 401, 403)
    public_id, body = others_job(stage)
    token = forged["user_parameters"]
    assert site.post(forged | {"job_id": public_id, "user_parameters": token}, service_key()) == 200
    assert site.post(forged | {"job_id": public_id, "user_parameters": body}, service_key()) == 200

    stage.upstream.finish(stage.job(running)["public_id"])
    settle(stage)
    assert stage.job(ended) == before
    assert stage.judge().states == {"success": 2}


def there(stage: Stage, pk: str) -> dict[str, Any]:
    """The job as the service has it."""
    public_id = stage.job(pk)["public_id"]
    return next(job for job in stage.upstream.jobs() if job["public_id"] == public_id)
