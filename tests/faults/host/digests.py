"""Naming outputs, so that they can be compared without being kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def digest(output: Any) -> str:
    """Equal outputs have equal names."""
    return hashlib.sha256(json.dumps(output, sort_keys=True).encode()).hexdigest()[:16]
