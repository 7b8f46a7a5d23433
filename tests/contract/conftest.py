"""The service's documents, where they are at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

HERE = "UNIVERSAL_AI_CONTRACT_DIR"
BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "contract"


@pytest.fixture(scope="session")
def documents() -> Path:
    """The folder of the service's documents, which aren't ours to ship.

    Skips on a user's machine that has none; in CI, or where the environment names one that isn't
    there, it fails.
    """
    named = os.environ.get(HERE)
    folder = Path(named) if named else BESIDE_THE_REPOSITORY
    if not folder.is_dir():
        message = f"no folder {folder}: name the one with the service's documents in {HERE}"
        pytest.fail(message) if named or os.environ.get("CI") else pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def schemas(documents: Path) -> dict[str, Any]:
    """The service's OpenAPI schemas by name."""
    text = (documents / "universal-ai.openapi.json").read_text("utf-8")
    schemas: dict[str, Any] = json.loads(text)["components"]["schemas"]
    return schemas


@pytest.fixture(scope="session")
def documented_features(documents: Path) -> dict[str, Any]:
    """What the service documents of each feature, by ``feature/subfeature``."""
    features = json.loads((documents / "features.json").read_text("utf-8"))
    return {f"{feature['feature']}/{feature['subfeature']}": feature for feature in features}
