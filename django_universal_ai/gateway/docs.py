"""``GET /docs``: the operations on one page, made of the OpenAPI document and of nothing else.

Plain HTML with one style sheet of ours: no script, and no other host is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from .openapi import Document, document


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body."""

    name: str
    type: str
    where: str
    is_required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """How an operation may answer."""

    status: int
    phrase: str
    words: str
    fields: list[Field]
    is_success: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path."""

    anchor: str
    method: str
    path: str
    summary: str
    words: str
    group: str
    needs_token: bool
    fields: list[Field]
    answers: list[Answer]


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The page; nobody needs a token to read it."""
    made = document(request.path.removesuffix("docs"))
    context = {"info": made["info"], "operations": list(operations(made))}
    return TemplateResponse(request, "universal_ai_gateway/docs.html", context)


def operations(made: Document) -> Iterator[Operation]:
    """The document's operations, in its order."""
    for path, methods in made["paths"].items():
        for method, said in methods.items():
            yield Operation(
                anchor=said["operationId"],
                method=method.upper(),
                path=path,
                summary=said["summary"],
                words=said.get("description", ""),
                group=said["tags"][0],
                needs_token="security" in said,
                fields=[*_parameters(said), *_body(said, made)],
                answers=[
                    _answer(int(status), each, made) for status, each in said["responses"].items()
                ],
            )


def _parameters(said: Document) -> Iterator[Field]:
    for each in said.get("parameters", ()):
        words = each.get("description", "")
        yield Field(each["name"], _type(each["schema"]), each["in"], each["required"], words)


def _body(said: Document, made: Document) -> Iterator[Field]:
    for kind, content in said.get("requestBody", {}).get("content", {}).items():
        where = "form" if kind.startswith("multipart/") else "body"
        yield from _fields(content["schema"], made, where)


def _answer(status: int, said: Document, made: Document) -> Answer:
    content = said.get("content", {}).get("application/json", {})
    return Answer(
        status,
        HTTPStatus(status).phrase,
        said["description"],
        list(_fields(content.get("schema", {}), made, "")),
        is_success=status < 400,
    )


def _fields(schema: Document, made: Document, where: str) -> Iterator[Field]:
    schema = _resolved(schema, made)
    for name, each in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        yield Field(name, _type(each), where, needed, _plain(each.get("description", "")))


def _plain(words: str) -> str:
    return words.replace("`", "")


def _resolved(schema: Document, made: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Document = made["components"]["schemas"][name] if name else schema
    return found


def _type(schema: Document) -> str:
    """A schema in a few words: ``array of string, at most 3``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    words = schema.get("format") or schema.get("type", "any")
    if "items" in schema:
        words = f"{words} of {_type(schema['items'])}"
    return "".join([words, *_limits(schema)])


def _limits(schema: Document) -> Iterator[str]:
    least = schema.get("minimum", schema.get("minItems"))
    most = schema.get("maximum", schema.get("maxItems"))
    if least is not None:
        yield f", at least {least}"
    if most is not None:
        yield f", at most {most}"
    if schema.get("default") not in (None, [], {}):
        yield f", {json.dumps(schema['default'])} if left out"
