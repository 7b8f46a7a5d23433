from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_universal_ai.contract import FEATURES, Feature
from django_universal_ai.contract.features.describe import fields_of

Answers = list[dict[str, Any]]


def answer(feature: Feature) -> dict[str, Any]:
    """What a service with our types would tell of a subfeature."""
    category, _, subfeature = feature.name.partition("/")
    return {
        "feature": category,
        "subfeature": subfeature,
        "mode": feature.mode,
        "input_schema": {"fields": fields_of(feature.input)},
        "output_schema": {"fields": fields_of(feature.output)},
        "models": [
            {
                "model": offer.model,
                "pricing": {
                    "price": float(offer.price),
                    "price_unit_quantity": offer.quantity,
                    "price_unit_type": offer.unit,
                },
            }
            for offer in feature.offers
        ],
    }


@pytest.fixture
def answers() -> Answers:
    """The whole of it, to be changed."""
    return [answer(feature) for feature in FEATURES.values()]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], str]:
    """Writes a source and says where it is."""

    def save(content: Any) -> str:
        path = tmp_path / "source.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return save
