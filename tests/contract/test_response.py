from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from django_universal_ai.contract import JobResponse

CREATED: dict[str, Any] = {
    "public_id": "abc123-def456",
    "status": "processing",
    "cost": "0.000",
    "provider": "google",
    "feature": "audio",
    "subfeature": "speech_to_text_async",
    "output": None,
    "error": None,
    "model": None,
    "created_at": "2025-01-01T00:00:00Z",
}


def read(**changes: Any) -> JobResponse:
    return JobResponse.model_validate({**CREATED, **changes})


def test_reads_the_documented_answer() -> None:
    job = read()
    assert (job.public_id, job.status, job.provider) == ("abc123-def456", "processing", "google")
    assert job.cost == Decimal("0.000")
    assert job.created_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert not job.is_terminal


@pytest.mark.parametrize("status", ["success", "fail"])
def test_an_end_is_told(status: str) -> None:
    assert read(status=status).is_terminal


def test_an_unknown_status_is_kept_and_is_no_end() -> None:
    job = read(status="queued")
    assert job.status == "queued"
    assert not job.is_terminal


def test_unknown_fields_are_kept() -> None:
    assert read(region="eu").model_dump()["region"] == "eu"


@pytest.mark.parametrize("output", [{"text": "x"}, [1, 2], "text", 0, False])
def test_output_may_be_any_json(output: Any) -> None:
    assert read(status="success", output=output).output == output


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (None, None),
        ({"message": "no", "code": 7}, {"message": "no", "code": 7}),
        ("no", {"message": "no"}),
        (["no", "never"], {"message": ["no", "never"]}),
    ],
)
def test_error_is_always_an_object(error: Any, kept: Any) -> None:
    assert read(status="fail", error=error).error == kept


@pytest.mark.parametrize("cost", [None, "n/a", float("nan"), {"amount": 1}])
def test_a_cost_that_says_nothing_does_not_lose_the_job(cost: Any) -> None:
    assert read(cost=cost).cost is None


def test_cost_as_a_json_number_is_exact() -> None:
    body = json.dumps({**CREATED, "cost": 0.1})
    assert JobResponse.model_validate_json(body).cost == Decimal("0.1")
    assert JobResponse.model_validate(json.loads(body)).cost == Decimal("0.1")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-01-01T00:00:00", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-01-01T02:00:00+02:00", datetime(2025, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_are_in_utc_or_unknown(text: str | None, moment: datetime | None) -> None:
    created_at = read(created_at=text).created_at
    assert created_at == moment
    assert created_at is None or created_at.tzinfo is UTC


def test_only_the_essential_must_be_there() -> None:
    essential = ("public_id", "status", "provider", "feature", "subfeature")
    job = JobResponse.model_validate({name: CREATED[name] for name in essential})
    assert (job.cost, job.output, job.created_at) == (None, None, None)


def test_a_failed_job_may_have_no_provider_to_name() -> None:
    assert read(status="fail", provider=None).provider == ""


@pytest.mark.parametrize("changes", [{"public_id": ""}, {"public_id": None}, {"status": None}])
def test_without_an_id_or_a_status_there_is_no_job(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**changes)


def test_json_is_what_the_service_would_write() -> None:
    written = json.loads(read(cost="1e-05").model_dump_json())
    assert written == {**CREATED, "cost": "0.00001", "original_response": None}
