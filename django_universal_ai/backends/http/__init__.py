"""``HTTPBackend``: jobs are done by a remote service. The only place that knows httpx."""

from __future__ import annotations

from .backend import HTTPBackend

__all__ = ["HTTPBackend"]
