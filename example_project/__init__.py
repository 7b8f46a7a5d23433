"""A small real site: drop a document or a recording, watch the job, read the result."""

from __future__ import annotations

from .celery import app as celery_app

__all__ = ["celery_app"]
