"""What moves jobs without being asked."""

from __future__ import annotations

from .loop import advance
from .running import run
from .sending import send
from .watching import look

__all__ = ["advance", "look", "run", "send"]
