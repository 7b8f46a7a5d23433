"""What moves jobs without being asked."""

from __future__ import annotations

from .loop import advance
from .receiving import apply_receipt
from .removing import expire
from .running import run
from .sending import send
from .watching import look

__all__ = ["advance", "apply_receipt", "expire", "look", "run", "send"]
