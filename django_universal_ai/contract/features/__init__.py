"""The features whose inputs and outputs are known field by field.

The packages below (``audio``, ``image``, ...) are generated: see :mod:`.generator`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..model_id import ModelId
from ..validation import invalid_input
from .base import Category, Feature, FeatureOutput
from .offer import Offer
from .registry import CATEGORIES, FEATURES
from .samples import sample

__all__ = [
    "CATEGORIES",
    "FEATURES",
    "Category",
    "Feature",
    "Offer",
    "check_input",
    "feature_of",
    "file_fields",
    "parse_output",
    "sample_input",
    "sample_output",
]


def feature_of(model_id: ModelId) -> Feature | None:
    """The feature that a model string asks for; ``None`` when it isn't one of the known."""
    return FEATURES.get(model_id.name)


def file_fields(name: str) -> tuple[str, ...]:
    """Which inputs of the feature are files; none when the feature isn't known."""
    feature = FEATURES.get(name)
    return feature.file_fields if feature else ()


def check_input(model_id: ModelId, input: Mapping[str, Any]) -> None:
    """Refuse an input that a known feature can't take; others pass as they are.

    Raises :class:`~django_universal_ai.exceptions.InvalidInput` for the first wrong field.
    """
    if feature := feature_of(model_id):
        try:
            feature.input.model_validate(input)
        except ValidationError as error:
            raise invalid_input(error, prefix=("input",)) from None


def parse_output(name: str, output: Any) -> FeatureOutput | Any:
    """A known feature's output as its typed model; what doesn't fit comes back as it is."""
    feature = FEATURES.get(name)
    try:
        return feature.output.model_validate(output) if feature else output
    except ValidationError:
        return output


def sample_input(name: str) -> Any:
    """An input as the feature's schema has it, made up; ``{}`` when the feature isn't known."""
    feature = FEATURES.get(name)
    return sample(feature.input) if feature else {}


def sample_output(name: str) -> Any:
    """An output as the feature's schema has it, made up; ``{}`` when the feature isn't known."""
    feature = FEATURES.get(name)
    return sample(feature.output) if feature else {}
