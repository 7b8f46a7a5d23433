from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.contract.features.generator.spec import FieldSpec, read_fields

INNER = [{"name": "x", "type": "float", "required": True}]
X = (FieldSpec("x", "float", True),)


@pytest.mark.parametrize(
    ("told", "kind", "fields"),
    [
        ({"type": "integer"}, "int", ()),
        ({"type": "enum", "enum": []}, "enum", ()),
        ({"type": "object", "fields": INNER}, "object", X),
        ({"type": "object"}, "dict", ()),
        ({"type": "array[object]", "fields": INNER}, "array[object]", X),
        ({"type": "array", "items": {"type": "object", "fields": INNER}}, "array[object]", X),
        ({"type": "array", "items": {"type": "object"}}, "array[dict]", ()),
        ({"type": "array", "items": {"type": "number"}}, "array[float]", ()),
        ({"type": "array", "items": {}}, "array[any]", ()),
        ({"type": "array"}, "array[any]", ()),
        ({"type": "array[file_input \\"}, "array[file_input]", ()),
    ],
)
def test_spellings(told: dict[str, Any], kind: str, fields: tuple[FieldSpec, ...]) -> None:
    [spec] = read_fields([{"name": "it", "required": False, **told}])
    assert spec == FieldSpec("it", kind, False, fields)
