"""The features whose inputs and outputs are known field by field."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from ..model_id import ModelId
from ..validation import invalid_input
from . import audio, ocr, ocr_tables, text, video, web
from .base import Feature
from .samples import sample

__all__ = [
    "FEATURES",
    "Feature",
    "check_input",
    "feature_of",
    "file_fields",
    "parse_output",
    "sample_output",
]

FEATURES: Mapping[str, Feature] = MappingProxyType(
    {
        feature.name: feature
        for feature in (
            audio.SPEECH_TO_TEXT_ASYNC,
            ocr.OCR,
            ocr.OCR_ASYNC,
            ocr_tables.OCR_TABLES_ASYNC,
            text.MODERATION,
            video.DEEPFAKE_DETECTION_ASYNC,
            video.GENERATION_ASYNC,
            web.BATCH_SCRAPE_ASYNC,
            web.CRAWL_ASYNC,
            web.RESEARCH_ASYNC,
            web.STRUCTURED_EXTRACTION_ASYNC,
        )
    }
)
"""By name, ``"ocr/ocr_async"``."""


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


def parse_output(name: str, output: Any) -> BaseModel | Any:
    """A known feature's output as its typed model; what doesn't fit comes back as it is."""
    feature = FEATURES.get(name)
    try:
        return feature.output.model_validate(output) if feature else output
    except ValidationError:
        return output


def sample_output(name: str) -> Any:
    """An output as the feature's schema has it, made up; ``{}`` when the feature isn't known."""
    feature = FEATURES.get(name)
    return sample(feature.output) if feature else {}
