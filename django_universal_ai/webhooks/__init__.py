"""Receiving webhooks: the view, whom it trusts, and the inbox where they are kept.

What becomes of them is the engine's business: :mod:`django_universal_ai.engine.receiving`.
"""

from __future__ import annotations

from .inbox import reprocess

__all__ = ["reprocess"]
