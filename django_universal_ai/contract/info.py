"""What a service tells of itself: its features, and who offers them at what price.

The wire calls ``ocr`` a feature and ``ocr_async`` a subfeature; here, as in
:mod:`~django_universal_ai.contract.features`, they are a category and a feature.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .features import Category, Feature, Offer
from .features.describe import fields_of


class SchemaFormat(StrEnum):
    """How types are written."""

    SIMPLIFIED = "simplified"
    JSON_SCHEMA = "json_schema"


class Pricing(BaseModel):
    """A price in US dollars, and what it is for."""

    price: float
    price_unit_quantity: int
    price_unit_type: str


class ModelInfo(BaseModel):
    """A model string that can be asked for."""

    model_config = ConfigDict(extra="allow")

    model: str
    pricing: Pricing

    @classmethod
    def of(cls, offer: Offer) -> ModelInfo:
        pricing = Pricing(
            price=float(offer.price),
            price_unit_quantity=offer.quantity,
            price_unit_type=offer.unit,
        )
        return cls(model=offer.model, pricing=pricing)


class FeatureInfo(BaseModel):
    """A subfeature in a list."""

    model_config = ConfigDict(extra="allow")

    name: str
    fullname: str
    description: str | None = None
    mode: Literal["sync", "async"]
    models: list[ModelInfo] = []

    @classmethod
    def of(cls, feature: Feature, offers: list[Offer]) -> FeatureInfo:
        return cls(
            name=feature.name.partition("/")[2],
            fullname=feature.title,
            description=feature.description or None,
            mode=feature.mode,
            models=[ModelInfo.of(offer) for offer in offers],
        )


class CategoryInfo(BaseModel):
    """The answer of ``GET /v3/info/{feature}``."""

    model_config = ConfigDict(extra="allow")

    name: str
    fullname: str
    description: str | None = None
    subfeatures: list[FeatureInfo]


class CategoryList(BaseModel):
    """The answer of ``GET /v3/info``."""

    model_config = ConfigDict(extra="allow")

    features: list[CategoryInfo]


class FeatureDetail(BaseModel):
    """The answer of ``GET /v3/info/{feature}/{subfeature}``."""

    model_config = ConfigDict(extra="allow")

    feature: str
    feature_fullname: str
    subfeature: str
    subfeature_fullname: str
    description: str | None = None
    mode: Literal["sync", "async"]
    endpoints: dict[str, str]
    """What can be done with it: ``{"create": "POST /v3/universal-ai"}``."""
    input_schema: dict[str, Any]
    """``{"fields": [...]}``, or a JSON schema."""
    output_schema: dict[str, Any]
    models: list[ModelInfo]

    @classmethod
    def of(
        cls,
        category: Category,
        feature: Feature,
        *,
        format: SchemaFormat,
        endpoints: dict[str, str],
        offers: list[Offer],
    ) -> FeatureDetail:
        return cls(
            feature=category.name,
            feature_fullname=category.title,
            subfeature=feature.name.partition("/")[2],
            subfeature_fullname=feature.title,
            description=feature.description or None,
            mode=feature.mode,
            endpoints=endpoints,
            input_schema=schema_of(feature.input, format),
            output_schema=schema_of(feature.output, format),
            models=[ModelInfo.of(offer) for offer in offers],
        )


@cache
def schema_of(model: type[BaseModel], format: SchemaFormat) -> dict[str, Any]:
    """The type of an input or output in one of both formats. Made once, so don't change it."""
    if format == SchemaFormat.JSON_SCHEMA:
        return model.model_json_schema()
    return {"fields": fields_of(model)}
