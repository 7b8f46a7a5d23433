"""What is told of features, from what is known of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from django_universal_ai.contract import CATEGORIES, FEATURES, Offer
from django_universal_ai.contract.info import FeatureDetail, FeatureInfo, SchemaFormat

OCR = FEATURES["ocr/ocr_async"]
OFFER = Offer("ocr/ocr_async/amazon", Decimal("1.5"), 1000, "page")
MODELS = [
    {
        "model": "ocr/ocr_async/amazon",
        "pricing": {"price": 1.5, "price_unit_quantity": 1000, "price_unit_type": "page"},
    }
]


def test_a_subfeature_in_a_list() -> None:
    assert FeatureInfo.of(OCR, [OFFER]).model_dump() == {
        "name": "ocr_async",
        "fullname": OCR.title,
        "description": OCR.description,
        "mode": "async",
        "models": MODELS,
    }


@pytest.mark.parametrize("format", SchemaFormat)
def test_a_subfeature_by_itself(format: SchemaFormat) -> None:
    category = CATEGORIES["ocr"]
    endpoints = {"create": "POST /v3/universal-ai/async"}
    told = FeatureDetail.of(category, OCR, format=format, endpoints=endpoints, offers=[OFFER])
    schemas = told.input_schema, told.output_schema
    assert told.model_dump(exclude={"input_schema", "output_schema"}) == {
        "feature": "ocr",
        "feature_fullname": category.title,
        "subfeature": "ocr_async",
        "subfeature_fullname": OCR.title,
        "description": OCR.description,
        "mode": "async",
        "endpoints": endpoints,
        "models": MODELS,
    }
    for schema, model in zip(schemas, (OCR.input, OCR.output), strict=True):
        if format == SchemaFormat.JSON_SCHEMA:
            assert schema == model.model_json_schema()
        else:
            assert {field["name"] for field in schema["fields"]} == {
                field.alias or name for name, field in model.model_fields.items()
            }
