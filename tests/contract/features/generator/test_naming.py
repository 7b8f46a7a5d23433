from __future__ import annotations

import pytest

from django_universal_ai.contract.features.generator import naming
from django_universal_ai.contract.features.generator.spec import FeatureSpec, FieldSpec


def feature(name: str) -> FeatureSpec:
    category, _, subfeature = name.partition("/")
    return FeatureSpec(category, subfeature, "async", (), (), ())


def part(name: str, kind: str = "array[object]", *fields: str) -> FieldSpec:
    return FieldSpec(name, kind, True, tuple(FieldSpec(each, "float", True) for each in fields))


@pytest.mark.parametrize(
    ("name", "attribute"),
    [("text", "text"), ("schema", "json_schema"), ("class", "class_"), ("copy", "copy_")],
)
def test_attributes(name: str, attribute: str) -> None:
    assert naming.attribute(name) == attribute


def test_async_is_left_out_where_that_is_clear() -> None:
    names = {"ocr/ocr", "ocr/ocr_async", "ocr/ocr_tables_async"}
    stems = [naming.stem(feature(name), names) for name in sorted(names)]
    assert stems == ["Ocr", "OcrAsync", "OcrTables"]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (part("pages"), "Page"),
        (part("categories"), "Category"),
        (part("items"), "ParentItem"),
        (part("entries"), "ParentEntry"),
        (part("bounding_poly", "object"), "BoundingPoly"),
        (part("where", "object", "top", "left", "width", "height"), "BoundingBox"),
    ],
)
def test_parts(field: FieldSpec, name: str) -> None:
    assert naming.part(feature("a/b"), field, "Parent") == name


def test_a_part_may_have_a_name_of_its_own() -> None:
    assert naming.part(feature("web/crawl_async"), part("pages"), "Crawl") == "WebPage"
