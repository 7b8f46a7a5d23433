"""Our answers against the service's own OpenAPI document and the page that was asked for."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from django_universal_ai import engine
from django_universal_ai.contract import FEATURES
from tests.rows import make_job

from .client import FIELDS, INFO, JOBS, UPLOAD, Api

Schema = dict[str, Any]
TYPES: dict[str, Any] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "object": dict,
    "string": str,
}
FORMATS: dict[str, Any] = {"date-time": datetime.fromisoformat, "uuid": uuid.UUID}


def check(value: Any, schema: Schema, schemas: dict[str, Schema]) -> None:
    """The part of JSON Schema that the document uses; answers hold nothing undocumented."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        chosen = [each for each in schema["anyOf"] if fits_type(value, each)]
        assert chosen, (value, schema)
        return check(value, chosen[0], schemas)
    assert fits_type(value, schema), (value, schema)
    assert value in schema.get("enum", [value])
    if pattern := schema.get("pattern"):
        assert re.search(pattern, value)
    if known := FORMATS.get(schema.get("format", "")):
        assert known(value)
    if "properties" in schema:
        assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])
        for name, part in value.items():
            check(part, schema["properties"][name], schemas)
    for part in value if "items" in schema else ():
        check(part, schema["items"], schemas)
    return None


def fits_type(value: Any, schema: Schema) -> bool:
    return "type" not in schema or isinstance(value, TYPES[schema["type"]])


@pytest.fixture
def fits(schemas: dict[str, Schema]) -> Any:
    def fits(name: str, value: Any) -> None:
        check(value, {"$ref": name}, schemas)

    return fits


def test_jobs_are_as_documented(api: Api, ann: User, fits: Any) -> None:
    made = api.submit(show_original_response=True).data
    fits("UniversalAIAsyncResponse", made)
    engine.advance()
    fits("UniversalAIAsyncResponse", api.get(f"{JOBS}/{made['public_id']}").data)
    failed = make_job("fail", owner=ann, error={"message": "no"}, cost="0.000001")
    fits("UniversalAIAsyncResponse", api.get(f"{JOBS}/{failed.pk}").data)
    fits("UniversalAIAsyncJobListResponse", api.get(JOBS).data)


def test_files_are_as_documented(api: Api, fits: Any) -> None:
    made = api.upload().data
    fits("UploadResponse", made)
    fits("ListFilesResponse", api.get(UPLOAD).data)
    fits("DeleteFilesResponse", api.post(f"{UPLOAD}/delete", {"file_ids": [made["file_id"]]}).data)
    fits("DeleteFilesResponse", api.delete(UPLOAD).data)


@pytest.mark.parametrize("format", ["simplified", "json_schema"])
def test_information_is_as_documented(api: Api, fits: Any, format: str) -> None:
    fits("FeaturesListResponse", api.get(INFO).data)
    for name in FEATURES:
        fits("FeatureInfo", api.get(f"{INFO}/{name.partition('/')[0]}").data)
        fits("SubfeatureDetailResponse", api.get(f"{INFO}/{name}?format={format}").data)
    fits("HTTPValidationError", api.get(f"{INFO}/ocr/ocr?format=xml").data)


def test_only_what_is_documented_without_a_token_is_open(api: Api, documents: Path) -> None:
    document = json.loads((documents / "universal-ai.openapi.json").read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            address = re.sub("{.+?}", "ocr", path)
            answer = Api(api.client, None).request(method.upper(), address)
            assert (answer.status == 401) == bool(operation.get("security")), address


def test_refusals_are_as_documented(api: Api, fits: Any) -> None:
    for answer in (
        api.request("POST", JOBS, b"{"),
        api.post(JOBS, {}),
        api.submit(input={}),
        api.get(f"{JOBS}/x"),
        api.get(f"{JOBS}?page=0"),
        api.upload(b""),
        api.post(UPLOAD, {}),
    ):
        assert answer.status == 422
        fits("HTTPValidationError", answer.data)


def test_every_documented_route_is_served(api: Api, documents: Path) -> None:
    document = json.loads((documents / "universal-ai.openapi.json").read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method in methods:
            address = path.replace("{job_id}", str(uuid.uuid4()))
            address = address.replace("{feature}", "ocr").replace("{subfeature}", "ocr_async")
            answer = api.request(method.upper(), address)
            assert answer.status in {200, 404, 422}
            assert answer.data != {"detail": "There is nothing at this address."}


def test_the_answer_has_the_fields_of_the_page_in_its_order(api: Api, documents: Path) -> None:
    page = (documents / "seed.txt").read_text("utf-8")
    answer = page[page.index('{\n"public_id"') :]
    documented = json.loads(answer[: answer.index("}") + 1])
    assert list(documented) == FIELDS
    ours = api.submit().data
    assert list(ours) == list(documented)
    for name in ("status", "cost", "provider", "feature", "subfeature", "output", "error", "model"):
        assert ours[name] == documented[name]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", ours["created_at"])
