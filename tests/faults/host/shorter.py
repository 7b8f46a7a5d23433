"""Shorter times, where a test can't wait for the real ones."""

from __future__ import annotations

import json
import os
from importlib import import_module

#: JSON: ``{"django_universal_ai.outbox.CLAIM": 2}``.
VARIABLE = "UNIVERSAL_AI_TEST_SHORTER"


def apply() -> None:
    """Set the module constants that the test names."""
    for path, seconds in json.loads(os.environ.get(VARIABLE, "{}")).items():
        module, _, name = path.rpartition(".")
        assert hasattr(import_module(module), name), f"no such constant: {path}"
        setattr(import_module(module), name, seconds)
