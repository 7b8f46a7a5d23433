from __future__ import annotations

from .fixtures import upstream

__all__ = ["upstream"]
