from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from django_universal_ai.contract import WebhookEvent

EVENT: dict[str, Any] = {
    "event": "async_job_completed",
    "job_id": "0b5c2a4e-6c0e-4d43-9d57-0f6a3f0b8a11",
    "status": "success",
    "feature": "ocr",
    "subfeature": "ocr_async",
    "provider": "amazon",
    "model": None,
    "created_at": "2025-01-01T00:00:00Z",
    "finished_at": "2025-01-01T00:01:00Z",
    "output": {"raw_text": "hello"},
    "user_parameters": {"token": "t"},
}


def read(**changes: Any) -> WebhookEvent:
    return WebhookEvent.model_validate({**EVENT, **changes})


def test_reads_a_success() -> None:
    event = read()
    assert event.finished_at == datetime(2025, 1, 1, 0, 1, tzinfo=UTC)
    assert event.user_parameters == {"token": "t"}
    assert event.error is None


def test_becomes_a_response_without_a_cost() -> None:
    job = read(original_response={"raw": 1}, model="v2").to_response()
    assert job.public_id == EVENT["job_id"]
    assert job.is_terminal
    assert job.cost is None
    assert (job.output, job.original_response) == ({"raw_text": "hello"}, {"raw": 1})
    assert (job.feature, job.subfeature, job.provider) == ("ocr", "ocr_async", "amazon")
    assert job.model == "v2"
    assert job.created_at == datetime(2025, 1, 1, tzinfo=UTC)


def test_failure_carries_its_error() -> None:
    event = read(status="fail", output=None, error="too long")
    assert event.to_response().error == {"message": "too long"}


def test_user_parameters_are_absent_when_none_were_set() -> None:
    bare = {name: EVENT[name] for name in EVENT if name != "user_parameters"}
    assert WebhookEvent.model_validate(bare).user_parameters is None


def test_unknown_fields_are_kept() -> None:
    assert read(attempt=2).model_dump()["attempt"] == 2


@pytest.mark.parametrize(
    "slip", [{"user_parameters": []}, {"finished_at": "now"}, {"provider": None}, {"model": 5}]
)
def test_a_slip_in_a_side_field_does_not_lose_the_event(slip: dict[str, Any]) -> None:
    assert read(**slip).to_response().is_terminal


@pytest.mark.parametrize("missing", ["job_id", "status"])
def test_id_and_status_are_required(missing: str) -> None:
    with pytest.raises(ValidationError):
        WebhookEvent.model_validate({name: EVENT[name] for name in EVENT if name != missing})
