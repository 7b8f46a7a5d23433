"""The dashboard: what jobs do now and did lately, on one page, from rolled-up rows."""

from __future__ import annotations

from .view import urls

__all__ = ["urls"]
