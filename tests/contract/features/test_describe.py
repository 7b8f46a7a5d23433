from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from django_universal_ai.contract.features.describe import fields_of
from django_universal_ai.contract.features.kinds import (
    Choice,
    File,
    Listed,
    ListedFile,
    Uuid,
)


class Part(BaseModel):
    name: str | None


class Whole(BaseModel):
    file: File | None = None
    files: list[ListedFile] | None = None
    key: Uuid
    word: Choice | None
    colour: Literal["red", "blue"] = "red"
    part: Part | None = None
    parts: Listed[Part] = []
    points: Listed[list[float]] = []
    notes: dict[str, Any] | None = None
    failed: Listed[dict[str, Any]] = []
    whatever: Any = None
    yes: bool = Field(default=True, description="Or no.")
    json_schema: int = Field(alias="schema")


NAME = {"name": "name", "required": True, "type": "string"}


@pytest.mark.parametrize(
    "described",
    [
        {"name": "file", "required": False, "type": "file_input"},
        {"name": "files", "required": False, "type": "array", "items": {"type": "file_input"}},
        {"name": "key", "required": True, "type": "uuid"},
        {"name": "word", "required": True, "type": "enum"},
        {"name": "colour", "required": False, "type": "enum", "enum": ["red", "blue"]},
        {"name": "part", "required": False, "type": "object", "fields": [NAME]},
        {
            "name": "parts",
            "required": False,
            "type": "array",
            "items": {"type": "object", "fields": [NAME]},
        },
        {
            "name": "points",
            "required": False,
            "type": "array",
            "items": {"type": "array", "items": {"type": "float"}},
        },
        {"name": "notes", "required": False, "type": "dict"},
        {"name": "failed", "required": False, "type": "array", "items": {"type": "dict"}},
        {"name": "whatever", "required": False, "type": "any"},
        {"name": "yes", "required": False, "description": "Or no.", "type": "bool"},
        {"name": "schema", "required": True, "type": "int"},
    ],
    ids=lambda described: described["name"],
)
def test_a_field_in_the_flat_form(described: dict[str, Any]) -> None:
    by_name = {field["name"]: field for field in fields_of(Whole)}
    assert by_name[described["name"]] == described


def test_fields_keep_their_order() -> None:
    names = [field["name"] for field in fields_of(Whole)]
    assert (names[0], names[-1], len(names)) == ("file", "schema", len(Whole.model_fields))
