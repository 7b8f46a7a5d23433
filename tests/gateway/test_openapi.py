"""Our OpenAPI document against the service's own, path by path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from django_universal_ai.gateway.openapi import REFUSALS

from .client import Api

Document = dict[str, Any]

#: What ours has beyond the contract: the keys of our webhooks, refusals, the answer for a job that
#: takes too long, and a header that makes it safe to repeat a request.
MORE_PATHS = {"/v3/webhooks/public-key"}
MORE_STATUSES = {str(status) for status in REFUSALS} | {"202"}
MORE_PARAMETERS = {("header", "Idempotency-Key")}
#: What says nothing about which values may come.
DECORATION = {"title", "description", "example", "examples", "default"}


@pytest.fixture
def theirs(documents: Path) -> Document:
    text = (documents / "universal-ai.openapi.json").read_text("utf-8")
    document: Document = json.loads(text)
    return document


@pytest.fixture
def ours() -> Document:
    response = Client().get("/v3/openapi.json")
    assert response.status_code == 200
    document: Document = response.json()
    return document


def plain(schema: Any, document: Document) -> Any:
    """A schema without names and words: references are followed, alternatives are in order."""
    if isinstance(schema, list):
        return [plain(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return plain(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    told = {name: part for name, part in schema.items() if name not in DECORATION}
    if "properties" in told:  # names of properties are no words
        properties = {name: plain(part, document) for name, part in told["properties"].items()}
        return {
            **{name: plain(part, document) for name, part in told.items() if name != "properties"},
            "properties": properties,
            "required": sorted(told.get("required", ())),
        }
    if "anyOf" in told:
        choices = [plain(each, document) for each in told["anyOf"]]
        return (
            {}
            if {} in choices
            else {"anyOf": sorted(choices, key=partial(json.dumps, sort_keys=True))}
        )
    return {name: plain(part, document) for name, part in told.items()}


def differences(place: str, theirs: Any, ours: Any) -> Iterator[str]:
    """Where two plain schemas differ, one line each."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() | ours.keys()):
            yield from differences(f"{place}.{name}", theirs.get(name), ours.get(name))
    elif theirs != ours:
        yield f"{place}: the contract has {theirs!r}, we have {ours!r}"


def content(part: Document, document: Document) -> dict[str, Any]:
    said = part.get("content", {})
    return {kind: plain(each["schema"], document) for kind, each in said.items()}


def parameters(operation: Document, document: Document) -> dict[tuple[str, str], Any]:
    return {
        (each["in"], each["name"]): {
            "required": each.get("required", False),
            "schema": plain(each["schema"], document),
            "default": each["schema"].get("default"),
        }
        for each in operation.get("parameters", ())
    }


def compare(place: str, theirs: Document, ours: Document, pair: tuple[Document, Document]) -> Any:
    their_document, our_document = pair
    their_parameters = parameters(theirs, their_document)
    our_parameters = parameters(ours, our_document)
    for where, name in sorted(their_parameters.keys() | our_parameters.keys() - MORE_PARAMETERS):
        key = (where, name)
        yield from differences(
            f"{place} {where} {name}", their_parameters.get(key), our_parameters.get(key)
        )
    asked = theirs.get("requestBody", {}), ours.get("requestBody", {})
    yield from differences(
        f"{place} body", content(asked[0], their_document), content(asked[1], our_document)
    )
    if asked[0].get("required") != asked[1].get("required"):
        yield f"{place} body: required differs"
    if bool(theirs.get("security")) != bool(ours.get("security")):
        yield f"{place}: only one of us wants a token"
    for status in sorted(theirs["responses"].keys() | ours["responses"].keys() - MORE_STATUSES):
        answers = theirs["responses"].get(status), ours["responses"].get(status)
        if None in answers:
            yield f"{place} {status}: " + ("only ours" if answers[0] is None else "missing")
        else:
            yield from differences(
                f"{place} {status}",
                content(answers[0], their_document),
                content(answers[1], our_document),
            )


def test_our_document_is_the_contracts(theirs: Document, ours: Document) -> None:
    unknown = ours["paths"].keys() - theirs["paths"].keys() - MORE_PATHS
    found = [f"{path}: not in the contract" for path in unknown]
    for path, methods in theirs["paths"].items():
        if path not in ours["paths"]:
            found.append(f"{path}: missing")
            continue
        for method in sorted(methods.keys() | ours["paths"][path].keys()):
            place = f"{method.upper()} {path}"
            pair = methods.get(method), ours["paths"][path].get(method)
            if None in pair:
                found.append(f"{place}: " + ("only ours" if pair[0] is None else "missing"))
            else:
                found += compare(place, *pair, (theirs, ours))
    assert not found, "\n".join(found)


def test_the_document_says_where_it_is_served(ours: Document, settings: Settings) -> None:
    assert ours["openapi"].startswith("3.1")
    assert "/v3/universal-ai" in ours["paths"]
    settings.ROOT_URLCONF = "tests.gateway.urls_twice"
    again = Client().get("/api/v3/openapi.json").json()
    assert set(again["paths"]) == {path.replace("/v3", "/api/v3", 1) for path in ours["paths"]}


def test_every_operation_has_its_own_name_and_tells_its_refusals(ours: Document) -> None:
    all_of_them = [each for methods in ours["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in all_of_them]
    assert len(set(names)) == len(names)
    assert all("401" in each["responses"] for each in all_of_them if each.get("security"))


def test_every_reference_is_there(ours: Document) -> None:
    text = json.dumps(ours)
    names = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= ours["components"]["schemas"].keys()


def test_reading_needs_no_token(api: Api) -> None:
    for path in ("/v3/openapi.json", "/v3/docs"):
        assert Client().get(path).status_code == 200
    assert Client().post("/v3/openapi.json").status_code == 405
