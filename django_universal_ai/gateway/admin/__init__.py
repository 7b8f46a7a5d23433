"""The gateway in the admin."""

from __future__ import annotations

from .tokens import TokenAdmin

__all__ = ["TokenAdmin"]
