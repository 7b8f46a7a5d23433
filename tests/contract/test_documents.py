"""Our messages against the service's own OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from django_universal_ai.contract import (
    DeletedFiles,
    DeleteFiles,
    ErrorDetail,
    FileInfo,
    FileList,
    JobList,
    JobListItem,
    JobRequest,
    JobResponse,
    JobStatus,
    UploadOptions,
)

REQUESTS: dict[str, type[BaseModel]] = {
    "UniversalAIBody": JobRequest,
    "UniversalAIAsyncBody": JobRequest,
    "Body_upload_file_v3_upload_post": UploadOptions,
    "DeleteFilesRequest": DeleteFiles,
}
ANSWERS: dict[str, type[BaseModel]] = {
    "UniversalAIResponse": JobResponse,
    "UniversalAIAsyncResponse": JobResponse,
    "UniversalAIAsyncJobListResponse": JobList,
    "UniversalAIAsyncJobListItem": JobListItem,
    "UploadResponse": FileInfo,
    "FileResponse": FileInfo,
    "ListFilesResponse": FileList,
    "DeleteFilesResponse": DeletedFiles,
    "ValidationError": ErrorDetail,
}
LIMITS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")

#: Not fields of ours: the bytes of an upload, and the id that a job done at once doesn't have.
SENT_APART = {"file"}
ONLY_ASYNC = {"public_id"}


def limits_of(field: dict[str, Any]) -> dict[str, Any]:
    choices = [field, *field.get("anyOf", [])]
    return {name: each[name] for name in LIMITS for each in choices if name in each}


def allows_null(field: dict[str, Any]) -> bool:
    return any(choice.get("type") == "null" for choice in field.get("anyOf", []))


@pytest.mark.parametrize(("name", "ours"), [*REQUESTS.items(), *ANSWERS.items()])
def test_every_documented_field_is_ours(
    schemas: dict[str, Any], name: str, ours: type[BaseModel]
) -> None:
    assert set(schemas[name]["properties"]) - SENT_APART <= set(ours.model_fields)


@pytest.mark.parametrize(("name", "ours"), REQUESTS.items())
def test_requests_have_the_documented_limits(
    schemas: dict[str, Any], name: str, ours: type[BaseModel]
) -> None:
    mine = ours.model_json_schema()["properties"]
    for field in set(schemas[name]["properties"]) - SENT_APART:
        assert limits_of(mine[field]) == limits_of(schemas[name]["properties"][field]), field


def test_cost_is_written_in_the_documented_form(schemas: dict[str, Any]) -> None:
    mine = JobResponse.model_json_schema()["properties"]["cost"]
    theirs = schemas["UniversalAIAsyncResponse"]["properties"]["cost"]
    assert limits_of(mine) == {"pattern": theirs["pattern"]}


@pytest.mark.parametrize(("name", "ours"), REQUESTS.items())
def test_requests_require_what_the_service_requires(
    schemas: dict[str, Any], name: str, ours: type[BaseModel]
) -> None:
    required = {field for field, info in ours.model_fields.items() if info.is_required()}
    assert required == set(schemas[name]["required"]) - SENT_APART


@pytest.mark.parametrize(("name", "ours"), ANSWERS.items())
def test_answers_require_no_more_than_the_service_promises(
    schemas: dict[str, Any], name: str, ours: type[BaseModel]
) -> None:
    required = {field for field, info in ours.model_fields.items() if info.is_required()}
    assert required - ONLY_ASYNC <= set(schemas[name]["required"])


@pytest.mark.parametrize("name", ["UniversalAIBody", "UniversalAIAsyncBody"])
def test_requests_take_null_where_the_service_does(schemas: dict[str, Any], name: str) -> None:
    nullable = [f for f, theirs in schemas[name]["properties"].items() if allows_null(theirs)]
    assert nullable
    nulls: dict[str, Any] = dict.fromkeys(nullable)
    assert set(JobRequest.parse({"model": "ocr/ocr/amazon", "input": {}, **nulls}).body()) == {
        "model",
        "input",
    }


@pytest.mark.parametrize("name", ["UniversalAIAsyncResponse", "UniversalAIAsyncJobListItem"])
def test_every_documented_status_has_its_word(schemas: dict[str, Any], name: str) -> None:
    assert set(JobStatus) == set(schemas[name]["properties"]["status"]["enum"])


def test_documented_examples_are_read(schemas: dict[str, Any]) -> None:
    for name, ours in {**REQUESTS, **ANSWERS}.items():
        if example := schemas[name].get("example"):
            assert ours.model_validate(example).model_dump(mode="json") == example


def test_documented_models_are_model_strings(schemas: dict[str, Any]) -> None:
    for text in schemas["UniversalAIAsyncBody"]["properties"]["model"]["examples"]:
        assert str(JobRequest(model=text, input={}).model_id) == text


def test_the_page_that_was_asked_for_is_read(documents: Path) -> None:
    page = (documents / "seed.txt").read_text("utf-8")
    answer = page[page.index('{\n"public_id"') :]
    job = JobResponse.model_validate_json(answer[: answer.index("}") + 1])
    assert (job.public_id, job.status) == ("abc123-def456", JobStatus.PROCESSING)
